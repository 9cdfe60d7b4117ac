/** Mantine's theme: one teal for what can be done, so that blue, yellow, orange and red mean the four levels only. */
import { createTheme } from '@mantine/core'

/** The one theme of the app. */
export const theme = createTheme({
  primaryColor: 'weir',
  primaryShade: 7,
  colors: {
    weir: [
      '#e8f4f4',
      '#cfe6e7',
      '#a3cfd1',
      '#74b6ba',
      '#4fa2a7',
      '#2f8c92',
      '#177b82',
      '#0b676e',
      '#08545a',
      '#053f44',
    ],
  },
  fontFamily: "'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', system-ui, sans-serif",
  headings: {
    fontFamily: "'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', system-ui, sans-serif",
    fontWeight: '600',
  },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
})
