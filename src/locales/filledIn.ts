/** Messages of a language, nested by their ids, as i18next reads them (JSON v4). */
export interface Catalogue {
  [key: string]: string | Catalogue
}
const pluralForm = /_(zero|one|two|few|many|other)$/

/** A catalogue with what it lacks in English; a message with a count in every form that the language asks for. */
export function filledIn(own: Catalogue, english: Catalogue, language: string): Catalogue {
  const whole: Catalogue = { ...own }
  for (const [key, text] of Object.entries(english)) {
    const there = whole[key]
    if (typeof text !== 'string') whole[key] = filledIn(typeof there === 'object' ? there : {}, text, language)
    else if (!pluralForm.test(key)) whole[key] ??= text
    else {
      const base = key.replace(pluralForm, '')
      if (key.endsWith('_zero')) whole[key] ??= text
      else for (const form of new Intl.PluralRules(language).resolvedOptions().pluralCategories) whole[`${base}_${form}`] ??= english[`${base}_other`] ?? text
    }
  }
  return whole
}
