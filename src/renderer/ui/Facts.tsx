/** A name, what is known under it, and faintly what is to be said about that. */
export type Fact = readonly [name: string, value: React.ReactNode, hint?: React.ReactNode]

/** What is known of one thing, a line each. What is not known is left out. */
export const Facts = ({ rows }: { readonly rows: readonly Fact[] }) => (
  <dl className="grid grid-cols-[fit-content(36%)_minmax(0,1fr)] gap-x-3.5 gap-y-[3px]">
    {rows
      .filter(([, value]) => value !== null && value !== '')
      .map(([name, value, hint], place) => (
        <div key={`${name}${place}`} className="contents">
          <dt className="text-faint">{name}</dt>
          <dd className="min-w-0 whitespace-pre-line break-words">
            {value} {hint && <span className="text-faint">{hint}</span>}
          </dd>
        </div>
      ))}
  </dl>
)
