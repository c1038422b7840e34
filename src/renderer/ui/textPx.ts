/** About so wide is a text whose letters are `letterPx` wide; those of Chinese and Korean take nearly twice as much. Pure. */
export const textPx = (text: string, letterPx: number): number => letterPx * [...text].reduce((sum, letter) => sum + (letter > '\u2e7f' ? 1.7 : 1), 0)
