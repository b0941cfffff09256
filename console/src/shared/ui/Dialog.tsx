// SPDX-License-Identifier: Apache-2.0
import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface Props {
  opened: boolean;
  onClose: () => void;
  title: string;
  size?: number | string;
  /** Without a visible head: the title is still read aloud. */
  bare?: boolean;
  children: ReactNode;
}

/** A dialog put together by hand, since a second page header would confuse screen readers. */
export function Dialog({ opened, onClose, title, size = "md", bare = false, children }: Props) {
  const { t } = useTranslation();
  return (
    <Modal.Root opened={opened} onClose={onClose} size={size} centered={!bare} yOffset="12vh" transitionProps={{ duration: 0 }}>
      <Modal.Overlay />
      <Modal.Content>
        <div className={bare ? "hidden" : "dialog-head"}>
          <Modal.Title component="h2" className="dialog-title">{title}</Modal.Title>
          {bare ? null : <Modal.CloseButton aria-label={t("close")} />}
        </div>
        <Modal.Body p={bare ? 0 : "lg"} pt={0}>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
