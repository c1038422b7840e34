const mostLetters = 200
/** What a stranger wrote, as it may stand in words of an error: they are shown, sent on and kept. */
export const shortened = (text: string): string => (text.length > mostLetters ? `${text.slice(0, mostLetters - 1)}…` : text)
