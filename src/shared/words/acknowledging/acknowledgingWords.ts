/** What the page of a link to acknowledge says, in one language. Moments are ISO 8601. */
export interface AcknowledgingWords {
  /** Who acknowledged by a link in a message to a channel; `by`: the name that was given, '' if none was. */
  readonly byLink: (of: { readonly by: string; readonly link: string }) => string
  /** Title of the page. */
  readonly title: string
  readonly members: (count: number) => string
  readonly more: (count: number) => string
  /** Nobody has it, or not all of it. */
  readonly untaken: string
  readonly partlyTaken: (count: number) => string
  readonly taken: (of: { readonly who: string; readonly moment: string }) => string
  readonly name: string
  readonly nameHint: string
  readonly button: string
  /** It is over, and needs nobody any more. */
  readonly over: (moment: string) => string
  /** Open, but in a state in which there is nothing to take. */
  readonly nothingToTake: string
  /** The console can't be asked by a link any more. */
  readonly expired: string
  readonly unknown: string
  readonly invalid: string
  readonly notConfirmed: string
  readonly notStored: string
  readonly tooMany: string
}
