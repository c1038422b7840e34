import type { ConnectionTest } from '../../shared/connectionTest.ts'
import { type Server, type ServerInput, serverInputSchema } from '../../shared/servers.ts'
import { client } from '../app/client.ts'
import { EditDialog } from '../app/editing/EditDialog.tsx'
import type { EditedNoun } from '../app/editing/useEditing.ts'
import { ConnectionTestView } from './ConnectionTestView.tsx'
import { serverFields } from './serverFields.ts'
import { emptyForm, formOf, nameFromUrl, type ServerForm, serverInputOf, testedPart, tidyUrl } from './serverForm.ts'

interface ServerDialogProps {
  /** null: a new one. */
  readonly server: Server | null
  readonly onClose: () => void
  readonly onSaved: (server: Server) => void
}
type ServerTestInput = Omit<ServerInput, 'name' | 'tags' | 'paused'>

const asksForUser = ({ steps }: ConnectionTest) => steps.some(({ error }) => error?.kind === 'unauthorized' && !error.credentialsGiven)

const serverNoun: EditedNoun<Server, ServerForm, ServerInput, ServerTestInput, ConnectionTest> = {
  words: {
    add: 'common.addAServer',
    edit: 'common.editName',
    addIt: 'common.add',
    added: 'common.wasAdded',
    saved: 'common.wasSaved',
    nameTaken: 'common.nameTaken',
    more: 'common.moreSettings',
  },
  fields: serverFields,
  empty: emptyForm,
  entriesOf: formOf,
  moreFirst: ({ fingerprint, gate }) => fingerprint !== null || gate !== undefined,
  nameOf: ({ url }) => nameFromUrl(tidyUrl(url).url),
  inputOf: serverInputOf,
  schema: serverInputSchema,
  testSchema: serverInputSchema.omit({ name: true, tags: true, paused: true }),
  add: (input) => client.servers.add(input),
  update: (id, change) => client.servers.update({ id, change }),
  test: (input, id, signal) => client.servers.test({ ...input, ...(id === undefined ? {} : { id }) }, { signal }),
  testedPart,
  works: ({ ok }) => ok,
  // The server requires a user and none was given, so show the fields for it.
  suggests: (result, { authKind }) => (asksForUser(result) && authKind === 'none' ? { authKind: 'basic' } : {}),
  Answer: ({ result, entered, retest }) => <ConnectionTestView result={result} pinned={entered.fingerprint} onPin={(fingerprint) => retest({ fingerprint })} />,
}

/** Adds or edits a server, with the connection test inline. */
export function ServerDialog({ server, onClose, onSaved }: ServerDialogProps) {
  return <EditDialog noun={serverNoun} edited={server} onClose={onClose} onSaved={onSaved} />
}
