/** Compares names as people do: without case, and `cam2` before `cam10`. */
export const { compare } = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })
