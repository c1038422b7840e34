const unitMs = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
/** A duration as MediaMTX writes it, "10s", "1m30s", "1d", in ms; null: it is none. From 1.11 on, when days were added, no time at all is "". */
export function goDurationMs(value: unknown): number | null {
  if (value === '') return 0
  if (typeof value !== 'string' || value.length > 50 || !/^(\d{1,9}(\.\d{1,9})?(ns|us|µs|ms|[smhd]))+$/.test(value)) return null
  let ms = 0
  for (const [, number, unit] of value.matchAll(/([\d.]+)(ns|us|µs|ms|[smhd])/g)) ms += Number(number) * unitMs[unit as keyof typeof unitMs]
  return ms
}
