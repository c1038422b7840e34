import { useState } from 'react'
import { toast } from 'sonner'
import { type BriefHandover, type HandOverInput, handOverInputSchema, longestNote } from '../../shared/handovers.ts'
import { client, orpc, queryClient } from '../app/client.ts'
import { type FormField, readEntries } from '../app/editing/fields.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { t } from '../app/words.ts'

interface HandoverEntries {
  readonly name: string
  readonly note: string
}
const empty: HandoverEntries = { name: '', note: '' }
const nameField: FormField<HandoverEntries> = {
  id: 'name',
  kind: 'text',
  label: 'shift.name',
  help: 'shift.nameHint',
  refuse: ({ name }) => (name.trim() === '' ? 'alarms.form.textWrong' : null),
  input: { maxLength: 60 },
}
const noteField: FormField<HandoverEntries> = { id: 'note', kind: 'lines', label: 'shift.note', input: { rows: 5, maxLength: longestNote } }

interface HandoverDialogProps {
  /** Who is signed in; null: it has to be entered. */
  readonly operator: string | null
  /** Takes this one over; null: hands over what is so now. */
  readonly taken: BriefHandover | null
  readonly onDone: (id: number) => void
  readonly onClose: () => void
}
export function HandoverDialog({ operator, taken, onDone, onClose }: HandoverDialogProps) {
  // Once the name is asked for, its field does not go away while it is filled in.
  const [isNamed, setIsNamed] = useState(operator !== null)
  if (isNamed && operator === null) setIsNamed(false)
  const fields = [...(!isNamed ? [nameField] : []), ...(taken === null ? [noteField] : [])]
  return (
    <SendDialog
      title={t(taken === null ? 'shift.handOver' : 'shift.takeOver')}
      submit={t(taken === null ? 'shift.handOver' : 'shift.takeOver')}
      fields={fields}
      start={empty}
      read={(entered) => readEntries(fields, handOverInputSchema, entered, entered, null)}
      send={async (input: HandOverInput) => {
        const { id } = await (taken === null ? client.handovers.handOver(input) : client.handovers.takeOver({ id: taken.id, name: input.name }))
        await queryClient.invalidateQueries({ queryKey: orpc.handovers.key() })
        toast(t(taken === null ? 'shift.handedOver' : 'shift.takenOver'))
        onDone(id)
      }}
      onClose={onClose}
    />
  )
}
