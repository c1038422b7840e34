import type { BundleInput } from '../../shared/bundles.ts'
import type { SubjectOf } from '../../shared/subjects.ts'
import type { View } from './timelineView.ts'

/** What a bundle of the choice holds: whole servers, and of others only the streams that were chosen. Nothing chosen: the whole fleet. */
export function bundleInputOf(view: View, chosen: readonly SubjectOf<'server' | 'stream'>[], note: string): BundleInput {
  const span = { from: Math.round(view.from), to: Math.round(view.to), note }
  if (chosen.length === 0) return span
  const serverIds = [...new Set(chosen.map(({ serverId }) => serverId))]
  const whole = new Set(chosen.flatMap((one) => (one.kind === 'server' ? [one.serverId] : [])))
  // `streams` narrows every server of the bundle: with a whole server among them each is whole.
  const streams = whole.size > 0 ? [] : chosen.flatMap((one) => (one.kind === 'stream' ? [{ serverId: one.serverId, path: one.path }] : []))
  return { ...span, serverIds, ...(streams.length > 0 ? { streams } : {}) }
}
