import de from './de.json' with { type: 'json' }
import en from './en.json' with { type: 'json' }
import { type Catalogue, filledIn } from './filledIn.ts'
import ko from './ko.json' with { type: 'json' }
import ru from './ru.json' with { type: 'json' }
import zh from './zh.json' with { type: 'json' }

const sentencesIn = (language: string, { sentences }: { readonly sentences: Catalogue }) => filledIn(sentences, en.sentences, language)

/** What the engine says, in every language: it answers each caller in his own. */
export const given: Readonly<Record<string, Catalogue>> = {
  en: en.sentences,
  de: sentencesIn('de', de),
  zh: sentencesIn('zh', zh),
  ru: sentencesIn('ru', ru),
  ko: sentencesIn('ko', ko),
}
