import { lazy } from 'react'
import type { Joined } from '../app/joined.ts'
import { DeskNotifications } from '../notifications/DeskNotifications.tsx'
import { SoundBanner } from '../notifications/SoundBanner.tsx'
import { SoundButton } from '../notifications/SoundButton.tsx'
import { pages } from './pages.ts'

// Charts need a library that no list needs.
const FigureChart = lazy(() => import('./SubjectFigure.tsx').then((file) => ({ default: file.SubjectFigure })))

export const joined: Joined = { pages, DeskNotifications, SoundButton, SoundBanner, FigureChart }
