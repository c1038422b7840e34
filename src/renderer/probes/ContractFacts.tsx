import { useTranslation } from 'react-i18next'
import { contractItemText } from '../../i18n/dailyText.ts'
import { type ContractDifference, type ContractItem, contractItems, type StreamContract } from '../../shared/probeContracts.ts'
import type { Probe } from '../../shared/probes.ts'
import { formatNumber, formatValue } from '../../shared/units.ts'
import { client } from '../app/client.ts'
import { useAct } from '../app/useAct.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { Button } from '../ui/Button.tsx'
import { Facts } from '../ui/Facts.tsx'
import { Section } from '../ui/Section.tsx'
import { codecName, fpsText } from './probeText.ts'
import { renewProbes } from './useProbes.ts'

type Value = string | number
/** A value as the rest of the page writes it. */
function written(item: ContractItem, value: Value): string {
  if (typeof value === 'string') return item === 'videoCodec' || item === 'audioCodec' ? codecName(value) : value
  switch (item) {
    case 'fps':
      return fpsText(value)
    case 'bitrateBps':
      return formatValue(value, 'bps')
    case 'gopMs':
      return formatValue(value, 'ms')
    case 'sampleRateHz':
      return `${formatNumber(value / 1000, 1)} kHz`
    default:
      return `${value} px`
  }
}
const agreedText = (item: ContractItem, agreed: NonNullable<StreamContract[ContractItem]>): string =>
  typeof agreed === 'object' ? `${written(item, agreed.least)} – ${written(item, agreed.most)}` : written(item, agreed)

interface ContractFactsProps {
  readonly probe: Probe
  /** Whether what is agreed can be changed now. */
  readonly canChange: boolean
}
/** What the stream is agreed to be, and what it is instead. */
export function ContractFacts({ probe, canChange }: ContractFactsProps) {
  const { t } = useTranslation()
  const language = useLanguage()
  const act = useAct(() => void renewProbes())
  const { id, contract, differences, reading } = probe
  const found = (item: ContractItem, { found: value }: ContractDifference) =>
    value === null ? t('probes.contract.missing') : t('probes.contract.found', { found: written(item, value) })
  const rows = contractItems.flatMap((item) => {
    const agreed = contract?.[item] ?? null
    const other = differences.find((difference) => difference.item === item)
    return agreed === null ? [] : [[contractItemText(item, language), agreedText(item, agreed), other && <b>{found(item, other)}</b>] as const]
  })
  // A probe of the configuration file, or somebody who may only look: nothing is agreed and nothing can be.
  if (contract === null && (!canChange || reading === null)) return null
  return (
    <Section title={t('probes.contract.title')}>
      {contract !== null && reading !== null && differences.length === 0 && <p className="mb-1 text-muted">{t('probes.contract.keeps')}</p>}
      <Facts rows={rows} />
      {canChange && (
        <div className="mt-1.5 flex flex-wrap gap-1.5">
          {reading !== null && <Button onClick={() => void act(client.probes.agree({ id }), t('common.saved'))}>{t('probes.contract.agree')}</Button>}
          {contract !== null && (
            <Button look="quiet" onClick={() => void act(client.probes.update({ id, change: { contract: null } }), t('common.saved'))}>
              {t('probes.contract.drop')}
            </Button>
          )}
        </div>
      )}
    </Section>
  )
}
