/** A label, its value, and a faint remark on it. */
export type Fact = readonly [name: string, value: React.ReactNode, hint?: React.ReactNode]

/** The known facts about one thing, one per line. Unknown ones are left out. */
export function Facts({ rows }: { readonly rows: readonly Fact[] }) {
  return (
    <dl className="grid grid-cols-[fit-content(36%)_minmax(0,1fr)] gap-x-3.5 gap-y-[3px]">
      {rows
        .filter(([, value]) => value != null && value !== '')
        .map(([name, value, hint], place) => (
          <div key={`${name}${place}`} className="contents">
            <dt className="text-faint">{name}</dt>
            <dd className="min-w-0 whitespace-pre-line break-words">
              {/* What stands beside a value is not torn apart. */}
              {value} {hint && <span className="inline-block text-faint">{hint}</span>}
            </dd>
          </div>
        ))}
    </dl>
  )
}

/** A telephone number as a value, which a click dials; '': it is not known. */
export function telephoneFact(number = ''): React.ReactNode {
  return number === '' ? '' : <a href={`tel:${number.replaceAll(/[^\d+]/g, '')}`}>{number}</a>
}
