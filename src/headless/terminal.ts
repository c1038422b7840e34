import { visibleText } from '../shared/visibleText.ts'

// Lines for whoever started a command. Backups, bundles and configurations come from strangers: nothing in them steers the terminal.

export function print(line: string): void {
  console.log(visibleText(line))
}
/** What is no answer: progress, warnings, failures. */
export function tell(line: string): void {
  console.error(visibleText(line))
}
