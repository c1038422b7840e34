import type { Rule } from '../../shared/rules.ts'
import type { Language } from '../../shared/words/languages.ts'
import { api, onePerOperator, orRefused, refusedMistakes } from '../api.ts'
import type { FindBeyond } from './beyondNow.ts'
import type { Rehearse } from './rehearsal.ts'
import type { RuleEdits } from './ruleEdits.ts'

export function rulesRouter(
  rules: () => readonly Rule[],
  ruleEdits: RuleEdits,
  rehearse: Rehearse,
  findBeyond: FindBeyond,
  prometheusRules: (rules: readonly Rule[], language: Language) => string,
) {
  const oneAtATime = onePerOperator()
  const all = () => [...rules()]
  const inForce = (id: string) => {
    const found = all().find((rule) => rule.id === id)
    if (found === undefined) throw new Error('a rule that was entered is in force')
    return found
  }
  return {
    list: api.rules.list.handler(() => all()),
    add: api.rules.add.handler(({ input, context, errors }) => {
      orRefused(ruleEdits.add(input, context.operator.name), errors)
      return inForce(input.id)
    }),
    update: api.rules.update.handler(({ input: { id, change, openedAt }, context, errors }) => {
      orRefused(ruleEdits.update({ id, ...change }, context.operator.name, openedAt), errors)
      return inForce(id)
    }),
    remove: api.rules.remove.handler(({ input, context, errors }) => {
      orRefused(ruleEdits.remove(input.id, context.operator.name), errors)
    }),
    rehearse: api.rules.rehearse.handler(({ input, context, signal, errors }) => oneAtATime(context.operator, errors, () => rehearse(input, signal))),
    beyond: api.rules.beyond.handler(({ input, signal }) => findBeyond(input, signal)),
    exportYaml: api.rules.exportYaml.handler(() => ({ yaml: ruleEdits.exportYaml() })),
    exportPrometheus: api.rules.exportPrometheus.handler(({ context: { language = 'en' } }) => ({ yaml: prometheusRules(rules(), language) })),
    importYaml: api.rules.importYaml.handler(({ input, context, errors }) => {
      const taken = ruleEdits.importYaml(input.yaml, context.operator.name)
      if (taken.ok) return all()
      throw typeof taken.error === 'string' ? errors[taken.error]() : refusedMistakes(taken.error)
    }),
  }
}
