/** Longest line that is read; FFmpeg's own are shorter. */
const longestLine = 4_096

/** Cuts text that comes in pieces into lines; of one that is too long, only the end is handed over. */
export function splitLines(onLine: (line: string) => void): (text: string) => void {
  let rest = ''
  return (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > longestLine) rest = ''
    for (const line of lines) onLine(line)
  }
}
