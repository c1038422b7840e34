const dayMs = 86_400_000

/** Beginnings of the days of a time axis that get a label, so that no label touches another one or ends beyond the axis. `labelPx`: the widest, with its gap. */
export function dayLabels({
  from,
  to,
  widthPx,
  labelPx,
}: {
  readonly from: number
  readonly to: number
  readonly widthPx: number
  readonly labelPx: number
}): readonly number[] {
  const days = Math.ceil((to - from) / dayMs)
  const dayPx = (widthPx * dayMs) / Math.max(1, to - from)
  const every = Math.max(1, Math.ceil(labelPx / Math.max(1, dayPx)))
  return Array.from({ length: Math.ceil(days / every) }, (_, place) => place * every).flatMap((day) =>
    day * dayPx + labelPx <= widthPx || day === 0 ? [from + day * dayMs] : [],
  )
}
