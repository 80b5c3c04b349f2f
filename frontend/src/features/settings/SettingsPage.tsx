import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ChevronRight } from 'lucide-react'
import { RadioGroup } from 'radix-ui'
import { type ReactNode, useId } from 'react'
import { chatList, exportAddress } from '@/api/chats'
import { fileUse } from '@/api/files'
import { health } from '@/api/health'
import { modelList } from '@/api/models'
import { settings, useChangeSettings } from '@/api/settings'
import { Button, buttonLook } from '@/components/button'
import { fieldLook } from '@/components/field'
import { ParamsForm } from '@/components/params-form'
import { Line, Section } from '@/components/section'
import { toastError } from '@/components/toast'
import { useLocale, useTranslations } from '@/i18n'
import { isLanguage, languages, nameOf } from '@/i18n/languages'
import { cn } from '@/lib/cn'
import { formatBytes } from '@/lib/format'
import { setPreferences, type Theme, usePreferences } from '@/lib/preferences'
import { setUi } from '@/lib/ui'
import { ModelDefaults } from './ModelDefaults'

/** What this browser remembers, what the server holds, and what this program is; `children` in between. */
export function SettingsPage({ children }: { children?: ReactNode }) {
  const t = useTranslations('settings')
  return (
    <>
      <Section title={t('appearance')}>
        <LanguageField />
        <ThemeField />
      </Section>
      <Section title={t('defaults')}>
        <ModelField />
        <Defaults />
        <ModelDefaults />
      </Section>
      {children}
      <Section title={t('data')}>
        <Data />
      </Section>
      <Section title={t('about')}>
        <About />
      </Section>
    </>
  )
}

function LanguageField() {
  const t = useTranslations('settings')
  const id = useId()
  const language = usePreferences(kept => kept.language)
  return (
    <Line label={t('language')} htmlFor={id}>
      <select
        id={id}
        value={language}
        onChange={event => {
          if (isLanguage(event.target.value)) setPreferences({ language: event.target.value })
        }}
        className={fieldLook}
      >
        {languages.map(code => (
          <option key={code} value={code} lang={code}>
            {nameOf(code)}
          </option>
        ))}
      </select>
    </Line>
  )
}

function ThemeField() {
  const t = useTranslations('settings')
  const id = useId()
  const theme = usePreferences(kept => kept.theme)
  const themes: Theme[] = ['system', 'light', 'dark']
  return (
    <Line label={t('theme')} labelId={id}>
      <RadioGroup.Root
        aria-labelledby={id}
        value={theme}
        onValueChange={value => setPreferences({ theme: value as Theme })}
        className="flex gap-1 rounded-sm bg-sunken p-1"
      >
        {themes.map(value => (
          <RadioGroup.Item
            key={value}
            value={value}
            className={cn(
              'min-h-7 flex-1 whitespace-nowrap rounded-[6px] px-2 text-ink-soft transition-colors touch:min-h-11',
              'hover:text-ink data-[state=checked]:bg-raised data-[state=checked]:font-medium data-[state=checked]:text-ink data-[state=checked]:ring-1 data-[state=checked]:ring-line-strong',
            )}
          >
            {t(value)}
          </RadioGroup.Item>
        ))}
      </RadioGroup.Root>
    </Line>
  )
}

/** Says what the server has against a change. */
function useFailed() {
  const t = useTranslations('common')
  return { onError: (error: unknown) => toastError(error, t('failed')) }
}

function ModelField() {
  const t = useTranslations('settings')
  const failed = useFailed()
  const id = useId()
  const model = useQuery(settings()).data?.default_model ?? null
  const change = useChangeSettings()
  const { data } = useQuery(modelList())
  const models = data?.filter(one => one.kind === 'chat' && one.state !== 'not_downloaded') ?? []
  return (
    <Line label={t('model')} htmlFor={id} hint={t('modelHint')}>
      <select
        id={id}
        value={model ?? ''}
        onChange={event => change.mutate({ default_model: event.target.value || null }, failed)}
        className={fieldLook}
      >
        <option value="">{t('anyModel')}</option>
        {model && !models.some(one => one.id === model) && <option value={model}>{model}</option>}
        {models.map(one => (
          <option key={one.id} value={one.id}>
            {one.name}
          </option>
        ))}
      </select>
    </Line>
  )
}

function Defaults() {
  const t = useTranslations('params')
  const room = useTranslations('room')
  const { data } = useQuery(settings())
  const change = useChangeSettings()
  const failed = useFailed()
  return (
    <details className="group">
      <summary className="-mx-2 flex min-h-9 cursor-pointer list-none items-center gap-2 rounded-sm px-2 font-medium hover:bg-hover touch:min-h-11">
        <ChevronRight
          aria-hidden
          className="size-4 text-ink-faint transition-transform group-open:rotate-90"
        />
        {room('parameters')}
      </summary>
      <div className="pt-3">
        <ParamsForm
          params={data?.params ?? {}}
          systemPrompt={data?.system_prompt ?? ''}
          note={t('forDefault')}
          onChange={({ params, systemPrompt }) =>
            change.mutate(
              {
                ...(params && { params }),
                ...(systemPrompt !== undefined && { system_prompt: systemPrompt || null }),
              },
              failed,
            )
          }
        />
      </div>
    </details>
  )
}

const linkLook = buttonLook('line')

function Data() {
  const t = useTranslations('settings')
  const sidebar = useTranslations('sidebar')
  const locale = useLocale()
  const { data } = useInfiniteQuery(chatList())
  const count = data?.pages.reduce((sum, page) => sum + page.items.length, 0)
  const more = data?.pages.at(-1)?.next_cursor != null
  return (
    <>
      <Line label={t('chats')} hint={t('dataNote')}>
        <div className="flex flex-wrap items-center justify-between gap-2">
          <span className="tabular">
            {count === undefined
              ? '…'
              : more
                ? t('chatsMore', { count })
                : t('chatsCount', { count })}
          </span>
          <Link to="/trash" className={linkLook}>
            {sidebar('trash')}
          </Link>
        </div>
      </Line>
      <Files />
      <Line label={t('export')} hint={t('exportHint')}>
        <div className="flex flex-wrap gap-2">
          <a href={exportAddress(null, 'json', locale)} download className={linkLook}>
            {t('exportJson')}
          </a>
          <a href={exportAddress(null, 'markdown', locale)} download className={linkLook}>
            {t('exportMarkdown')}
          </a>
        </div>
      </Line>
    </>
  )
}

function Files() {
  const t = useTranslations('settings')
  const locale = useLocale()
  const { data } = useQuery(fileUse())
  const use = data && { count: data.total, used: formatBytes(data.used, locale) }
  return (
    <Line label={t('files')} hint={t('filesHint')}>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <span className="tabular">
          {!use
            ? '…'
            : data.allowed === null
              ? t('filesUse', use)
              : t('filesUseOf', { ...use, allowed: formatBytes(data.allowed, locale) })}
        </span>
        <Link to="/files" className={linkLook}>
          {t('filesOpen')}
        </Link>
      </div>
    </Line>
  )
}

function About() {
  const t = useTranslations('settings')
  const { data } = useQuery(health())
  return (
    <>
      <Line label={t('version')}>
        <span className="tabular">{data?.version ?? '…'}</span>
      </Line>
      <div className="flex flex-wrap gap-2">
        <a href="/docs/api" className={linkLook}>
          {t('api')}
        </a>
        <Button onClick={() => setUi({ shortcuts: true })}>{t('shortcuts')}</Button>
      </div>
    </>
  )
}
