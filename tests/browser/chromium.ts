/** The browser of this machine, for tests that look at pages. */
import { type Browser, chromium as driver } from "playwright-core";

const places = [
  Deno.env.get("HEM_CHROMIUM"),
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The path of Chromium or Chrome; undefined where there is none. HEM_CHROMIUM names another one. */
export const chromium: string | undefined = places.find((path) => {
  try {
    return path !== undefined && Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});

/** What a test that needs it says where it is skipped. */
export const withoutChromium =
  "Skipped: no Chromium or Chrome here (`apt-get install chromium`, or set HEM_CHROMIUM to its path).";

/** Starts it without a window; it is closed by `await using`. */
export async function openBrowser(): Promise<Browser> {
  return await driver.launch({
    executablePath: chromium!,
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
}
