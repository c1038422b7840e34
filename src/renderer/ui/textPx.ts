/** Approximate width of a text with letters `letterPx` wide; Chinese and Korean characters take nearly twice as much. Pure. */
export function textPx(text: string, letterPx: number): number {
  return letterPx * [...text].reduce((sum, letter) => sum + (letter > '\u2e7f' ? 1.7 : 1), 0)
}
