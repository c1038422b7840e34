import type { PictureProblem, ToolProblem } from '../media.ts'
import type { PictureReason } from '../previews.ts'
import { catalogueOf } from './catalogue.ts'
import { serverErrorWords } from './errorText.ts'
import type { Language } from './languages.ts'
import { de } from './pictures/de.ts'
import { en } from './pictures/en.ts'
import { ko } from './pictures/ko.ts'
import type { PictureWords } from './pictures/pictureWords.ts'
import { ru } from './pictures/ru.ts'
import { zh } from './pictures/zh.ts'
import { joined, textOf } from './texts.ts'

const catalogues = catalogueOf<PictureWords>('pictures', { en, de, zh, ru, ko }, ['reasons.*', 'faults.*', 'tools.*'])

/** Why there is no picture, and what to do about it. */
export function pictureText(reason: PictureReason, language: Language): string {
  const words = catalogues[language]
  switch (reason.kind) {
    case 'serverError':
      return joined(...Object.values(serverErrorWords(reason.error, language)))
    case 'noFfmpeg':
      return words.noFfmpeg(toolProblemText(reason.problem, language), reason.install)
    case 'unreachable':
      return typeof reason.said === 'string' ? words.unreachable(reason.doing, reason.said) : words.unread(textOf(words.faults, reason.said))
    default:
      return textOf(words.reasons, reason)
  }
}

/** Part that an ffmpeg was built without: `decoder hevc`. */
export function partText(part: string, language: Language): string {
  const { parts } = catalogues[language]
  const [kind = '', ...name] = part.split(' ')
  return Object.hasOwn(parts, kind) ? [parts[kind as keyof typeof parts], ...name].join(' ') : part
}

/** Why no ffmpeg can be used. */
export function toolProblemText(problem: PictureProblem, language: Language): string {
  const { tools } = catalogues[language]
  if (!Object.hasOwn(tools, problem.kind)) return pictureText(problem as PictureReason, language)
  return textOf(tools, problem as ToolProblem, problem.kind === 'lacks' ? partText(problem.part, language) : '')
}
