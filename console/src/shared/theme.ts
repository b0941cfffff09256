// SPDX-License-Identifier: Apache-2.0
/** The look: petrol ink on warm paper. Shade 8 and the two overrides keep every text at 4.5:1 or better. */
import { Alert, Anchor, createTheme, type CSSVariablesResolver, SegmentedControl, Tabs, Tooltip } from "@mantine/core";

export const theme = createTheme({
  primaryColor: "petrol",
  primaryShade: { light: 8, dark: 8 },
  autoContrast: true,
  colors: {
    petrol: [
      "#eaf5f7", "#d5e8ec", "#abd2da", "#7dbac7", "#57a5b5",
      "#3d97a9", "#2a8599", "#146f83", "#0c5a6b", "#074653",
    ],
  },
  fontFamily: 'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "Liberation Mono", "DejaVu Sans Mono", monospace',
  headings: {
    fontFamily: 'Charter, "Bitstream Charter", "Iowan Old Style", "Sitka Text", Cambria, "Noto Serif", Georgia, serif',
    fontWeight: "600",
  },
  defaultRadius: "md",
  cursorType: "pointer",
  components: {
    SegmentedControl: SegmentedControl.extend({ styles: { root: { background: "var(--sunken)", border: "1px solid var(--line)" } } }),
    Tabs: Tabs.extend({ vars: () => ({ root: { "--tabs-color": "var(--accent)" } }) }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 350, withArrow: true } }),
    // The border and the icon carry the color; words in it would be too pale on one of the two grounds.
    Alert: Alert.extend({ styles: { title: { color: "var(--mantine-color-text)" } } }),
    Anchor: Anchor.extend({ defaultProps: { underline: "always" } }),
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#fbfaf7",
    "--mantine-color-text": "#1c2529",
    "--mantine-color-dimmed": "#566168",
    "--mantine-color-placeholder": "#646e74",
    "--mantine-color-anchor": "#0c5a6b",
    "--mantine-color-default-border": "#d9d5cb",
    "--mantine-color-error": "#a81f16",
  },
  dark: {
    "--mantine-color-body": "#11181b",
    "--mantine-color-text": "#e3e8e9",
    "--mantine-color-dimmed": "#a3b0b4",
    "--mantine-color-placeholder": "#98a5a9",
    "--mantine-color-anchor": "#8fd0de",
    "--mantine-color-dark-4": "#35444a",
    "--mantine-color-dark-5": "#26343a",
    "--mantine-color-dark-6": "#131b1e",
    "--mantine-color-default": "#1b2528",
    "--mantine-color-default-hover": "#233034",
    "--mantine-color-default-border": "#35444a",
    "--mantine-color-error": "#ff9a8a",
  },
});
