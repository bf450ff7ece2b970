import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const GATEWAY = process.env.OMNILEX_GATEWAY_URL ?? "http://127.0.0.1:8080";

/** The API documentation page works offline: its files come from the package, not from a CDN. */
function swagger(): Plugin {
  const folder = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  return {
    name: "swagger-ui",
    apply: "build",
    generateBundle() {
      for (const name of ["swagger-ui.css", "swagger-ui-bundle.js"]) {
        this.emitFile({ type: "asset", fileName: `swagger/${name}`, source: readFileSync(join(folder, name)) });
      }
    },
  };
}

/** In development every dashboard route is the one dashboard page, as the gateway does it. */
function dashboardRoutes(): Plugin {
  return {
    name: "dashboard-routes",
    apply: "serve",
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        if (/^\/dashboard(\/|$|\?)/.test(request.url ?? "")) request.url = "/dashboard/index.html";
        next();
      });
    },
  };
}

export default defineConfig({
  plugins: [swagger(), dashboardRoutes()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // data: URLs would need a wider content security policy
    modulePreload: { polyfill: false },
    rollupOptions: { input: { home: "index.html", dashboard: "dashboard/index.html" } },
  },
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  server: { proxy: { "/api": GATEWAY } },
  test: { include: ["tests/**/*.test.ts"] },
});
