/** Longest line that is read; FFmpeg's own are shorter. */
const longestLine = 4_096

/** Cuts text that comes in pieces into lines; what is too long for one is left out. */
export function splitLines(onLine: (line: string) => void): (text: string) => void {
  let rest = ''
  return (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > longestLine) rest = ''
    for (const line of lines) onLine(line)
  }
}
