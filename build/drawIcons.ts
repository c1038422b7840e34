// Draws the icons of app and tray (run by hand when their shape changes: `node bin/node24.mjs build/drawIcons.ts`).
// The severities have the shapes that the window gives them, so that colour is never alone.
import { chromium } from '@playwright/test'

const mark = 'M3 17V7M8 20V4M13 15V9M18 19V5M22.5 13v-2'
const appIcon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512">
  <rect x="24" y="24" width="464" height="464" rx="104" fill="#10151c"/>
  <rect x="28" y="28" width="456" height="456" rx="100" fill="none" stroke="#303b49" stroke-width="8"/>
  <g transform="translate(75 76) scale(15)" fill="none" stroke="#6aa6ff" stroke-width="2.5" stroke-linecap="round">
    <path d="${mark}"/>
    <path d="M13 15V9" stroke="#3ecf74"/>
  </g>
</svg>`

/** Filled shapes in a 16 × 16 box; the dark edge keeps them readable on a light panel. */
const shapes: Readonly<Record<string, string>> = {
  critical: '<path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" fill="#ff5257"/>',
  major: '<path d="M8 1.2 15.3 14.6H.7z" fill="#ff9130"/>',
  minor: '<path d="M8 .8 15.2 8 8 15.2.8 8z" fill="#f5cf3a"/>',
  warning: '<circle cx="8" cy="8" r="6.8" fill="#4fb0ff"/>',
  ok: '<path d="M2 8.6 6.2 13 14 3.6" fill="none" stroke="#0a0d12" stroke-opacity=".55" stroke-width="4.6" stroke-linecap="round" stroke-linejoin="round"/><path d="M2 8.6 6.2 13 14 3.6" fill="none" stroke="#3ecf74" stroke-opacity="1" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/>',
  unknown:
    '<circle cx="8" cy="8" r="6" fill="none" stroke="#0a0d12" stroke-opacity=".55" stroke-width="3.6"/><circle cx="8" cy="8" r="6" fill="none" stroke="#b9c4d0" stroke-opacity="1" stroke-width="2.2" stroke-dasharray="3.2 1.5"/>',
}
const trayIcon = (shape: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><g stroke="#0a0d12" stroke-opacity=".55" stroke-width=".8">${shape}</g></svg>`

const wanted = [
  { svg: appIcon, size: 512, file: 'resources/icon.png' },
  { svg: appIcon, size: 1024, file: 'build/icon.png' },
  ...Object.entries(shapes).flatMap(([name, shape]) => [
    { svg: trayIcon(shape), size: 16, file: `resources/tray-${name}.png` },
    { svg: trayIcon(shape), size: 32, file: `resources/tray-${name}@2x.png` },
  ]),
]

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
const page = await browser.newPage()
for (const { svg, size, file } of wanted) {
  await page.setViewportSize({ width: size, height: size })
  await page.setContent(`<style>html,body{margin:0;background:transparent}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`)
  await page.screenshot({ path: file, omitBackground: true, clip: { x: 0, y: 0, width: size, height: size } })
}
await browser.close()
