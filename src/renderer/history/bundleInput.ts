import type { BundleInput } from '../../shared/bundles.ts'
import type { Chosen } from './chosen.ts'
import type { View } from './timelineView.ts'

/** What a bundle of the choice holds: whole servers, and of others only the streams that were chosen. Nothing chosen: the whole fleet. */
export const bundleInputOf = (view: View, chosen: readonly Chosen[], note: string): BundleInput => {
  const span = { from: Math.round(view.from), to: Math.round(view.to), note }
  if (chosen.length === 0) return span
  const serverIds = [...new Set(chosen.map(({ serverId }) => serverId))]
  const whole = new Set(chosen.flatMap(({ serverId, path }) => (path === '' ? [serverId] : [])))
  // `streams` narrows every server of the bundle: with a whole server among them each is whole.
  const streams = whole.size > 0 ? [] : chosen.map(({ serverId, path }) => ({ serverId, path }))
  return { ...span, serverIds, ...(streams.length > 0 ? { streams } : {}) }
}
