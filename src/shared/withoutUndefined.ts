/** What of a change says something: what is left out or undefined stays as it is. */
export function withoutUndefined<Change extends object>(change: Change): { readonly [Key in keyof Change]?: Exclude<Change[Key], undefined> } {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Change
}
