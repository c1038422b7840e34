import type { BundleInput } from '../../shared/bundles.ts'
import type { SubjectOf } from '../../shared/subjects.ts'
import type { View } from './timelineView.ts'

/** What a bundle of the choice holds: whole servers, and of others only the streams that were chosen. Nothing chosen: the whole fleet. */
export function bundleInputOf(view: View, chosen: readonly SubjectOf<'server' | 'stream'>[], note: string): BundleInput {
  const span = { from: Math.round(view.from), to: Math.round(view.to), note }
  if (chosen.length === 0) return span
  return { ...span, of: [...chosen] }
}
