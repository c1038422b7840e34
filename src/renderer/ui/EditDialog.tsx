import { Button } from './Button.tsx'
import { Drawer } from './Dialog.tsx'

interface EditDialogProps {
  readonly title: string
  readonly width?: number
  readonly words: Readonly<Record<'close' | 'cancel' | 'save' | 'test' | 'outdated', string>>
  /** It is being saved: it can't be sent twice. */
  readonly saving: boolean
  /** Why it was not saved. */
  readonly failure: string | null
  /** What was tested does not work yet: saving is not the way that the eye should take. */
  readonly failed: boolean
  readonly testing: boolean
  /** The test was of other entries. */
  readonly outdated: boolean
  /** Why there is no answer to the test. */
  readonly testFailure: string | null
  readonly onSave: () => void
  readonly onTest: () => void
  readonly onClose: () => void
  /** What the test found. */
  readonly answer: React.ReactNode
  /** The fields. */
  readonly children: React.ReactNode
}
/** Something that is added or edited: its fields, a test with its answer below them, and what became of saving it. */
export const EditDialog = ({ title, width = 560, words, failure, failed, testFailure, answer, children, ...rest }: EditDialogProps) => (
  <Drawer
    open
    onOpenChange={(open) => !open && rest.onClose()}
    title={title}
    closeLabel={words.close}
    width={width}
    footer={
      <>
        {failure !== null && <span className="mr-auto self-center font-medium text-critical">{failure}</span>}
        <Button onClick={rest.onClose}>{words.cancel}</Button>
        <Button look={failed ? 'plain' : 'primary'} onClick={rest.onSave} disabled={rest.saving}>
          {words.save}
        </Button>
      </>
    }
  >
    <form
      className="flex flex-col gap-3.5"
      onSubmit={(event) => {
        event.preventDefault()
        rest.onTest()
      }}
    >
      {children}
      <div className="flex items-center gap-2.5">
        <Button type="submit" disabled={rest.testing}>
          {words.test}
        </Button>
        {rest.outdated && <span className="text-muted">{words.outdated}</span>}
      </div>
      {testFailure !== null && <p className="font-medium text-critical">{testFailure}</p>}
      {answer}
    </form>
  </Drawer>
)
