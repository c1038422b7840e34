import { Stethoscope } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../ui/Button.tsx'
import { DiagnosisDialog } from './DiagnosisDialog.tsx'

export interface DiagnosisSubject {
  readonly serverId: string
  /** null: the server alone. */
  readonly path: string | null
  /** As it is shown. */
  readonly name: string
}

/** Diagnoses a server or a stream, and shows what is found. */
export function DiagnosisButton(subject: DiagnosisSubject) {
  const { t } = useTranslation()
  const [isOpen, setIsOpen] = useState(false)
  return (
    <>
      <Button onClick={() => setIsOpen(true)} title={t('diagnosis.hint')}>
        <Stethoscope size={13} aria-hidden="true" /> {t('diagnosis.button')}
      </Button>
      {isOpen && <DiagnosisDialog {...subject} onClose={() => setIsOpen(false)} />}
    </>
  )
}
