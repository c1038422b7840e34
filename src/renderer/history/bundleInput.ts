import type { BundleInput, BundleSubject } from '../../shared/bundles.ts'
import type { View } from './timelineView.ts'

/** Input for a bundle of the selection: whole servers, single streams of others, and probes. Without a selection: the whole fleet. */
export function bundleInputOf(
  view: View,
  chosen: readonly BundleSubject[],
  { note, pictures, sessions }: Pick<BundleInput, 'note' | 'pictures' | 'sessions'>,
): BundleInput {
  const span = { from: Math.round(view.from), to: Math.round(view.to), note, pictures, sessions }
  if (chosen.length === 0) return span
  return { ...span, of: [...chosen] }
}
