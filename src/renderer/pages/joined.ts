import type { Joined } from '../app/joined.ts'
import { SoundBanner } from '../telling/SoundBanner.tsx'
import { SoundButton } from '../telling/SoundButton.tsx'
import { TellHere } from '../telling/TellHere.tsx'
import { pages } from './pages.ts'

export const joined: Joined = { pages, TellHere, SoundButton, SoundBanner }
