import react from "@vitejs/plugin-react";
import { loadEnv } from "vite";
import { defineConfig } from "vitest/config";

// The bundle goes into the Python package, which serves it below /console/.
// MAILWARD_API points `npm run dev` at a running gateway.
const api = loadEnv("development", ".", "MAILWARD_").MAILWARD_API ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "/console/",
  plugins: [react()],
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  build: {
    outDir: "../src/mailward/web/static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
    license: { fileName: "third-party-licenses.md" },
  },
  server: { proxy: { "/api": api, "/preview": api } },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/shared/testing/setup.ts"],
    testTimeout: 20000,
    maxWorkers: 2,
  },
});
