const longestQuote = 160

/** Makes text from outside fit to be shown: one line, no control characters, at most `longest` letters. null: nothing is left. */
export function quoted(text: string | null | undefined, longest = longestQuote): string | null {
  // Far more than can be left of it: a text of megabytes takes seconds.
  const line = (text ?? '')
    .slice(0, 20 * longest)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be shown.
    .replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be shown.
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffd]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  if (line === '') return null
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`
}
