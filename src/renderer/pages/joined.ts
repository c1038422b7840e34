import { lazy } from 'react'
import type { Joined } from '../app/joined.ts'
import { SoundBanner } from '../telling/SoundBanner.tsx'
import { SoundButton } from '../telling/SoundButton.tsx'
import { TellHere } from '../telling/TellHere.tsx'
import { pages } from './pages.ts'

// Charts need a library that no list needs.
const FigureChart = lazy(() => import('./SubjectFigure.tsx').then((file) => ({ default: file.SubjectFigure })))

export const joined: Joined = { pages, TellHere, SoundButton, SoundBanner, FigureChart }
