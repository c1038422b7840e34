import type { Language } from '../../i18n/languages.ts'
import { pictureText } from '../../i18n/pictureText.ts'
import type { PictureReason } from '../../shared/previews.ts'
import { failureText } from '../app/failureText.ts'

/** Why there is no picture: a reason of the engine or the player, or the call that failed. */
export type PictureWhy = PictureReason | { readonly kind: 'callFailed'; readonly error: unknown }

export function whyText(why: PictureWhy, language: Language): string {
  return why.kind === 'callFailed' ? failureText(why.error) : pictureText(why, language)
}
