import { Link } from 'react-router'
import { type Cell, type DocumentSection, isShort, type ShiftDocument } from '../../shared/documentPage.ts'
import { toAlarm, toIncident, toSubject } from '../app/links.ts'
import { Totals } from '../app/lists.tsx'
import { t } from '../app/words.ts'
import { Mark } from '../ui/Mark.tsx'
import { Panel } from '../ui/Panel.tsx'

/** A document in the window, and on paper: of the page, only this is printed. */
export function ShiftPaper({ document: { title, lead, figures, sections, foot } }: { readonly document: ShiftDocument }) {
  return (
    <article data-print="" aria-label={title} className="flex min-w-0 flex-col gap-3">
      {/* On the screen, the page says it. */}
      <h1 className="hidden font-[650] text-xl print:block">{title}</h1>
      <div className="text-muted">
        {lead.map((text) => (
          <p key={text} className="whitespace-pre-line break-words">
            {text}
          </p>
        ))}
      </div>
      {figures.length > 0 && <Totals facts={figures} />}
      {sections.map((section) => (
        <Panel key={section.id} title={section.title} className="flex-none">
          <SectionTable section={section} />
        </Panel>
      ))}
      <p className="text-faint text-sm">{foot}</p>
    </article>
  )
}

function SectionTable({ section: { title, note, heads, rows, none, more = 0 } }: { readonly section: DocumentSection }) {
  const side = (column: number) => (rows.some((row) => row[column]?.isNumber === true) ? 'text-right tabular-nums' : 'text-left')
  if (rows.length === 0) return <p className="text-muted">{none}</p>
  return (
    <>
      {note !== undefined && <p className="mb-1 text-faint text-sm">{note}</p>}
      <table aria-label={title} className="w-full">
        <thead>
          <tr className="border-line border-b">
            {heads.map((head, column) => (
              <th key={head} scope="col" className={`py-1 pr-3 font-medium text-faint text-sm ${side(column)}`}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index} className="break-inside-avoid border-line not-last:border-b align-top">
              {row.map((cell, column) => (
                <td key={heads[column]} className={`py-1 pr-3 ${isShort(cell.text) ? 'whitespace-nowrap' : 'min-w-0 break-words'} ${side(column)}`}>
                  <CellText cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && <p className="mt-1 text-faint text-sm">{t('common.andCountMore', { count: more })}</p>}
    </>
  )
}

function CellText({ cell: { text, severity, incident, alarm, subject } }: { readonly cell: Cell }) {
  if (severity !== undefined) return <Mark kind={severity} word={text} />
  const to = incident !== undefined ? toIncident(incident) : alarm !== undefined ? toAlarm(alarm) : subject !== undefined ? toSubject(subject) : null
  if (to === null) return text
  return (
    <Link to={to} className="hover:underline">
      {text}
    </Link>
  )
}
