import { Camera as CameraIcon, Star } from 'lucide-react'
import type { Camera } from '../../shared/cameras.ts'
import { searchText } from '../../shared/searchText.ts'
import { severities } from '../../shared/severities.ts'
import { type Choice, ChoiceIcon, matching, mostChoices, useGo } from '../app/choices.tsx'
import { toCamera } from '../app/links.ts'
import { t } from '../app/words.ts'
import { Mark } from '../ui/Mark.tsx'
import { useCameras } from './useCameras.ts'

/** Made once for each answer, not at each key stroke. */
const texts = new WeakMap<Camera, string>()
function textOf(camera: Camera): string {
  const text = texts.get(camera) ?? searchText(`${camera.name} ${camera.project} ${camera.place}`)
  texts.set(camera, text)
  return text
}

/** Cameras for the command palette: those that match, favourites first. Without a query the favourites. */
export function useCameraChoices(query: string): readonly Choice[] {
  const go = useGo()
  const { cameras } = useCameras(true)
  const offered = query === '' ? cameras.filter(({ isFavourite }) => isFavourite).slice(0, mostChoices) : cameras
  const choices = offered.map((camera) => {
    const {
      id,
      name,
      project,
      isFavourite,
      now: { severity },
    } = camera
    return {
      id: `camera ${id}`,
      text: textOf(camera),
      icon: severity === null ? <ChoiceIcon of={isFavourite ? Star : CameraIcon} /> : <Mark kind={severity} />,
      name,
      hint: [...(severity === null ? [] : [t(`severity.${severity}`)]), ...(project === '' ? [] : [project])].join(' · '),
      run: go(toCamera(id)),
      trouble: (isFavourite ? 100 : 0) + (severity === null ? 0 : 1 + severities.length - severities.indexOf(severity)),
    }
  })
  if (query === '') return choices
  return matching(choices, query, 'cameras', go)
}
