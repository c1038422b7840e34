import type { BundleInput } from '../../shared/bundles.ts'
import type { SubjectOf } from '../../shared/subjects.ts'
import type { View } from './timelineView.ts'

/** Input for a bundle of the selection: whole servers, and single streams of others. Without a selection: the whole fleet. */
export function bundleInputOf(view: View, chosen: readonly SubjectOf<'server' | 'stream'>[], note: string): BundleInput {
  const span = { from: Math.round(view.from), to: Math.round(view.to), note }
  if (chosen.length === 0) return span
  return { ...span, of: [...chosen] }
}
