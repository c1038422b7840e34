/**
 * An SVG path of a small line without axes. null breaks it; the scale runs from zero, because a spark that fills its
 * height with noise looks like trouble. One value alone is a dot of a line.
 */
export const sparkPath = (values: readonly (number | null)[], width: number, height: number): string => {
  const top = values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0) || 1
  const step = values.length > 1 ? width / (values.length - 1) : 0
  let path = ''
  let pen = false
  for (let index = 0; index < values.length; index++) {
    const value = values[index]
    if (value === null || value === undefined) {
      pen = false
      continue
    }
    const x = (index * step).toFixed(1)
    const y = (height - 1 - (value / top) * (height - 2)).toFixed(1)
    path += pen ? `L${x} ${y}` : `M${x} ${y}h.1`
    pen = true
  }
  return path
}
