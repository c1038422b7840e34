import type { PlanText } from '../../shared/planner.ts'

/** Entries of the planner, which are stored in the address. */
export type PlanForm = PlanText
export const planStart: PlanForm = { streams: '20', mbit: '4', readers: '5', each: true, transcoding: false }

export function readPlanForm(params: URLSearchParams): PlanForm {
  return {
    streams: params.get('streams') ?? planStart.streams,
    mbit: params.get('mbit') ?? planStart.mbit,
    readers: params.get('readers') ?? planStart.readers,
    each: params.get('of') !== 'all',
    transcoding: params.get('transcoding') === 'yes',
  }
}
export function writePlanForm(before: URLSearchParams, form: PlanForm): URLSearchParams {
  const next = new URLSearchParams(before)
  next.set('streams', form.streams)
  next.set('mbit', form.mbit)
  next.set('readers', form.readers)
  if (form.each) next.delete('of')
  else next.set('of', 'all')
  if (form.transcoding) next.set('transcoding', 'yes')
  else next.delete('transcoding')
  return next
}
