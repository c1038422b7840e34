import { useTranslation } from 'react-i18next'
import { validationErrorText } from '../../i18n/validationErrorText.ts'
import { pathSettingForm } from '../../shared/pathSettings.ts'
import type { ValidationError } from '../../shared/validationErrors.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { Field, inputClass } from '../ui/Field.tsx'
import { Select } from '../ui/Select.tsx'
import { type EditableSetting, type EnteredSettings, textOfSetting } from './pathEditForm.ts'

interface PathSettingFieldsProps {
  readonly settings: readonly EditableSetting[]
  readonly entered: EnteredSettings
  readonly wrong: Readonly<Partial<Record<string, ValidationError>>>
  readonly disabled: boolean
  readonly onEnter: (name: string, text: string) => void
}
/** A field for each setting, as its kind wants it. */
export function PathSettingFields({ settings, ...rest }: PathSettingFieldsProps) {
  return (
    <div className="grid grid-cols-1 gap-3 min-[960px]:grid-cols-2">
      {settings.map((setting) => (
        <SettingField key={setting.name} setting={setting} {...rest} />
      ))}
    </div>
  )
}

/** Radix has no empty value. */
const none = '-'

function SettingField({ setting, entered, wrong, disabled, onEnter }: Omit<PathSettingFieldsProps, 'settings'> & { readonly setting: EditableSetting }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { name, kind, hidden } = setting
  const { choices = [], least, most } = pathSettingForm(name)
  const text = entered[name] ?? textOfSetting(setting)
  const validationError = wrong[name]
  const options = kind === 'switch' ? ['true', 'false'] : choices
  // A server of another version may have a value that is not known here.
  const all = options.includes(text) ? options : [text, ...options]
  return (
    <Field
      label={name}
      hint={hidden ? t('pathEdits.hiddenValue', { value: String(setting.value) }) : kind === 'json' ? 'JSON' : undefined}
      error={validationError === undefined ? null : validationErrorText(validationError, language)}
      className={kind === 'json' || kind === 'text' ? 'min-[960px]:col-span-2' : ''}
    >
      {(control) =>
        kind === 'switch' || kind === 'choice' ? (
          <Select
            id={control.id}
            value={text || none}
            onChange={(chosen) => onEnter(name, chosen === none ? '' : chosen)}
            options={all.map((value) => ({ value: value || none, label: value || '""' }))}
            disabled={disabled}
            className="w-full"
          />
        ) : kind === 'json' ? (
          <textarea
            {...control}
            rows={2}
            autoComplete="off"
            spellCheck={false}
            disabled={disabled}
            className={`${inputClass} resize-y font-mono`}
            value={text}
            onChange={(event) => onEnter(name, event.target.value)}
          />
        ) : (
          <input
            {...control}
            type="text"
            autoComplete="off"
            spellCheck={false}
            inputMode={kind === 'whole' ? 'numeric' : undefined}
            placeholder={hidden ? '***' : kind === 'number' && least !== undefined && most !== undefined ? `${least} … ${most}` : undefined}
            disabled={disabled}
            className={`${inputClass} font-mono`}
            value={text}
            onChange={(event) => onEnter(name, event.target.value)}
          />
        )
      }
    </Field>
  )
}
