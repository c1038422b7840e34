import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, type Page } from '@playwright/test'

// WCAG 2 A and AA, judged by axe.

const levels = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
/** The rules that a theme decides; all others find the same in each. */
const ofColour = ['color-contrast', 'link-in-text-block']
const require = createRequire(import.meta.url)
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

/** What axe answers, as far as it is read here. */
interface Evaluated {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[] }[]
}

/** Waits until what is asked for has come, and is drawn. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 250)))
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0)
}

/** What axe finds wrong with the page as it stands, in the dark theme by all rules, in the light one by those of colour. */
export async function violationsOf(page: Page, within = 'body'): Promise<string[]> {
  await settled(page)
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource)
  const found: string[] = []
  for (const [theme, runOnly] of [
    ['dark', { type: 'tag', values: levels }],
    ['light', { type: 'rule', values: ofColour }],
  ] as const) {
    const evaluated = await page.evaluate(
      async ([theme, runOnly, within]) => {
        document.documentElement.dataset.theme = theme
        const { axe } = window as unknown as { axe: { run: (within: string, options: object) => Promise<Evaluated> } }
        const answer = await axe.run(within, { runOnly, resultTypes: ['violations'], selectors: false, preload: false, iframes: false })
        document.documentElement.dataset.theme = 'dark'
        return answer
      },
      [theme, runOnly, within] as const,
    )
    for (const { id, nodes } of evaluated.violations)
      for (const { html, failureSummary } of nodes.slice(0, 5))
        found.push(`${theme} ${id}: ${html.slice(0, 300)} — ${failureSummary?.split('\n').slice(1).join(' ')}`)
  }
  return found
}
