/** Sets up the two languages. Codes are stored and sent, words are only shown. */
import i18next from 'i18next'
import { initReactI18next, useTranslation } from 'react-i18next'
import type { Bilingual } from '../../../../schemas/http/common.ts'
import type { Language } from '../format/money.ts'
import { en } from './en.ts'
import { zh } from './zh.ts'

const storageKey = 'weir.language'

/** Chinese first; a person's choice of language is the one thing that stays in the browser. */
function storedLanguage(): Language {
  return localStorage.getItem(storageKey) === 'en' ? 'en' : 'zh'
}

/** Loads the dictionaries. Call once, before the first render. */
export async function startLanguages(): Promise<void> {
  const resources = { zh: { translation: zh }, en: { translation: en } }
  await i18next.use(initReactI18next).init({
    resources,
    lng: storedLanguage(),
    fallbackLng: 'zh',
    // React escapes what it renders.
    interpolation: { escapeValue: false },
  })
  markDocument(storedLanguage())
}

/** Switches the language, and remembers it. */
export async function switchLanguage(language: Language): Promise<void> {
  localStorage.setItem(storageKey, language)
  markDocument(language)
  await i18next.changeLanguage(language)
}

function markDocument(language: Language): void {
  document.documentElement.lang = language === 'en' ? 'en' : 'zh-CN'
}

/** What a component needs to speak. */
export interface Words {
  /** A word by key, e.g. `inbox.title`. An unknown key comes back as it is. */
  readonly t: (key: string, values?: Record<string, string | number>) => string
  /** A word by code within a group, e.g. state `alerted`; unknown codes are shown as they are. */
  readonly code: (group: string, code: string) => string
  /** The reader's side of a string in both languages. */
  readonly of: (text: Bilingual) => string
  readonly language: Language
}

/** The words in the language of now. */
export function useWords(): Words {
  const { t, i18n } = useTranslation()
  const language: Language = i18n.language === 'en' ? 'en' : 'zh'
  return {
    language,
    t: (key, values) => t(key, values ?? {}),
    code: (group, code) => t(`${group}.${code}`, { defaultValue: code }),
    of: (text) => text[language],
  }
}
