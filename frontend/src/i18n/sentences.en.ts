import platform from './platform.en'
import { chats } from './sentences.chats.en'
import { engines } from './sentences.engines.en'
import { models } from './sentences.models.en'

/**
 * The server's sentences by their names (`sentence` of an error), for languages that the server does not speak.
 * A sentence without a remedy is followed by that of the error's code. In braces stand its values; those that
 * end in `_bytes` or `_seconds` are written with their unit.
 */
const sentences = {
  // accounts
  invitation_none: { message: 'There is no such invitation.', remedy: 'Ask for another one.' },
  invitation_used: { message: 'This invitation was used already.', remedy: 'Ask for another one.' },
  invitation_expired: { message: 'This invitation has expired.', remedy: 'Ask for another one.' },
  account_none: { message: 'There is no account for you here.', remedy: 'Ask an administrator.' },
  account_suspended: { message: 'This account is suspended.', remedy: 'Ask an administrator.' },
  name_wrong: { message: 'That is not your name.', remedy: 'Enter it as it is shown.' },
  password_wrong: {
    message: 'That is not your password.',
    remedy: 'Enter the one you have now.',
  },
  password_short: { message: 'The password must have at least {count} characters.' },
  password_long: { message: 'The password may have at most {count} characters.' },
  password_untypable: { message: 'The password has characters that cannot be typed.' },
  password_common: {
    message: 'That password is among the first that are guessed.',
    remedy: 'Choose another one.',
  },
  too_many_tries: { message: 'Too many tries.', remedy: 'Try again in {wait_seconds}.' },
  oidc_too_long: {
    message: 'This login was not begun here, or took too long.',
    remedy: 'Log in again.',
  },
  oidc_other_browser: {
    message: 'This login was begun in another browser.',
    remedy: 'Log in again.',
  },
  oidc_declined: { message: '{name} did not log you in: {reason}.', remedy: 'Log in again.' },
  oidc_domain: {
    message: 'Your e-mail address is not of a domain that may log in here.',
    remedy: 'Ask an administrator.',
  },
  oidc_silent: {
    message: '{name} does not answer.',
    remedy: 'Try again in a moment, or log in with your password.',
  },
  oidc_invalid: { message: 'What {name} says of you is not valid.', remedy: 'Log in again.' },
  oidc_misconfigured: {
    message: '{name} is not set up well.',
    remedy: 'Tell an administrator, or log in with your password.',
  },
  accounts_off: {
    message: 'Accounts are off.',
    remedy: 'Start the server with the setting auth set to on.',
  },
  logged_out: { message: 'You are not logged in any more.', remedy: 'Log in again.' },
  oidc_none: {
    message: 'There is no identity provider here.',
    remedy: 'Log in with your password.',
  },
  user_self_suspend: {
    message: 'You cannot suspend yourself.',
    remedy: 'Ask another administrator.',
  },
  user_self_remove: {
    message: 'You cannot remove yourself.',
    remedy: 'Ask another administrator.',
  },
  login_unprotected: {
    message: 'Logging in over an unprotected connection would show your password to the network.',
    remedy: 'Put the server behind https, or start it with --insecure if the network is trusted.',
  },
  login_needed: { message: 'You are not logged in.', remedy: 'Log in.' },
  admins_only: { message: 'Only administrators may do that.', remedy: 'Ask an administrator.' },
  admin_none: {
    message: 'There is no administrator yet.',
    remedy: 'Make the first account: /setup',
  },
  admin_first: { message: 'The first user must be an administrator.' },
  login_failed: {
    message: 'The name or the password is wrong.',
    remedy: 'Try again, or ask an administrator for a new password.',
  },
  admin_last: {
    message: 'This is the only administrator who can log in.',
    remedy: 'Make another user an administrator first.',
  },
  name_length: { message: 'The name must have 1 to 64 characters.' },
  name_unseen: { message: 'The name has characters that are not seen.' },
  name_reserved: { message: 'This name is the program’s own.', remedy: 'Choose another one.' },
  email_wrong: { message: 'This is no e-mail address.' },
  admin_exists: { message: 'This server has its administrator already.', remedy: 'Log in.' },
  invitation_long: { message: 'An invitation lasts at most {days} days.' },
  key_name: { message: 'The name must have 1 to 120 characters.' },
  key_scopes: { message: 'A key needs a scope at least.' },
  key_expiry: { message: 'A key expires within {years} years, or never.' },
  key_admin: { message: 'Only administrators have keys with that scope.' },
  keys_many: { message: 'You have {count} keys.', remedy: 'Revoke those that are not used.' },
  reset_long: { message: 'A link lasts at most {days} days.' },
  user_suspended: { message: '{name} is suspended.', remedy: 'Let them in again first.' },
  reset_used: {
    message: 'This link was used already, or another one took its place.',
    remedy: 'Ask an administrator for another one.',
  },
  reset_expired: {
    message: 'This link has expired.',
    remedy: 'Ask an administrator for another one.',
  },
  token_reused: {
    message: 'The token was used before: its login has ended.',
    remedy: 'Log in again. If it was not you, change your password.',
  },
  login_none: { message: 'There is no such login.' },
  login_ended: { message: 'This login has ended.', remedy: 'Log in again.' },
  token_expired: { message: 'The token has expired.', remedy: 'Log in again.' },
  token_invalid: { message: 'The token is not valid here.', remedy: 'Log in again.' },
  key_none: { message: 'There is no such key.' },
  invitation_gone: { message: 'There is no such invitation.' },
  user_none: { message: 'There is no such user.' },
  name_taken: { message: 'Somebody else has this name.', remedy: 'Choose another one.' },
  email_taken: { message: 'Somebody else has this e-mail address.', remedy: 'Enter another one.' },
  signup_invited: {
    message: 'New accounts need an invitation.',
    remedy: 'Ask an administrator for one.',
  },
  signup_closed: {
    message: 'New accounts cannot be made here.',
    remedy: 'Ask an administrator for one.',
  },
  // limits
  limit_concurrent: {
    message: 'At most {limit} answers of yours are written at once.',
    remedy: 'Wait until one of them is over.',
  },
  limit_tokens: {
    message: 'You have used {used} tokens today, at most {limit} are allowed.',
    remedy: 'Come back tomorrow (UTC), or ask an administrator for more.',
  },
  limit_requests: {
    message: 'You may send {limit} requests a minute.',
    remedy: 'Try again in {wait_seconds}.',
  },
  queue_full: {
    message: '{active} replies are being written and {waiting} wait.',
    remedy: 'Try again in a moment, or choose another model.',
  },
  context_messages: {
    message: 'The conversation has more than {limit} messages.',
    remedy: 'Have its older messages summarised, or begin a new chat.',
  },
  // administration
  comment_long: { message: '`comment` may have at most {limit} characters.' },
  rating_reply: { message: 'Only replies of a model are rated.' },
  rating_none: { message: 'There is no rating of this message.' },
  usage_order: { message: 'The first day is after the last.', remedy: 'Swap them.' },
  usage_lines: {
    message: 'These are more than {limit} lines.',
    remedy: 'Ask for fewer days, or group by less.',
  },
  backup_busy: { message: 'A backup is being written.', remedy: 'Wait until it is ready.' },
  backup_none: { message: 'There is no such backup.' },
  backup_name: {
    message: 'The name may have letters, digits, dots, dashes and underscores, and ends in .zip.',
  },
  backup_taken: { message: 'There is a backup named {name}.', remedy: 'Choose another name.' },
  backup_coming: { message: '{name} is on its way already.' },
  backup_no_restart: {
    message: 'This server cannot start itself anew.',
    remedy: 'Stop it and use `stellarchat db restore`.',
  },
  backup_room: {
    message: 'The backup holds {size_bytes}, more than the disk has left.',
    remedy: 'Make room.',
  },
  backup_newer: {
    message: 'The backup was written by a newer version of this program.',
    remedy: 'Start the newer version.',
  },
  backup_broken: {
    message: 'The backup is not whole, or none of ours.',
    remedy: 'Use another backup.',
  },
  disk_refuses: {
    message: 'The disk does not take it: {said}.',
    remedy: 'Make room, or mend the disk.',
  },
  backup_database: {
    message: 'The database in the backup is not whole.',
    remedy: 'Use another backup.',
  },
  // the server and its database
  internal: {
    message: 'Something went wrong in the server.',
    remedy: 'Try again; if it stays, look at the server’s log.',
  },
  shutting_down: { message: 'The server is stopping.', remedy: 'Try again in a moment.' },
  replies_followed: {
    message: 'At most {limit} replies can be followed at once.',
    remedy: 'Wait until some of them are over.',
  },
  store_closed: { message: 'The database is not open.', remedy: 'Try again in a moment.' },
  store_other: {
    message: 'The database has the schema of another version of this program.',
    remedy: 'Start the server again.',
  },
  store_conflict: { message: 'The same thing is stored already, or what it belongs to is gone.' },
  store_value: { message: 'A value does not fit into the database.' },
  store_silent: {
    message: 'The database does not answer as it should; nothing was saved.',
    remedy: 'Try again; if it goes on, look at the database and the disk it is on.',
  },
  field_long: { message: '“{field}” may have at most {limit} characters.' },
  seal_version: { message: 'The secret was stored by another version.', remedy: 'Enter it again.' },
  seal_other: {
    message: 'The secret does not open with the key in {path}.',
    remedy: 'Enter it again.',
  },
  seal_gone: {
    message: 'The key file {path} is gone.',
    remedy: 'Bring it back, or enter the secret again.',
  },
  unreadable_at: { message: '{path} cannot be read: {said}.' },
  seal_empty: {
    message: '{path} holds no key.',
    remedy: 'Bring it back from a copy, or remove it and start anew.',
  },
  unwritable_at: { message: '{path} cannot be written: {said}.', remedy: 'Check the data folder.' },
  // addresses
  address_not_https: {
    message: '{host} is not protected by https.',
    remedy: 'An administrator can add it to the setting outside.allow.',
  },
  fetch_late: {
    message: '{host} did not answer in full within {waited_seconds}.',
    remedy: 'Try again later.',
  },
  fetch_certificate: {
    message: '{host} cannot prove that it is that host.',
    remedy: 'Give another address, or tell its operator.',
  },
  fetch_cut: { message: 'The connection to {host} was cut.', remedy: 'Try again later.' },
  address_private: {
    message: '{host} is not on the public internet.',
    remedy: 'An administrator can add it to the setting outside.allow.',
  },
  address_no_host: { message: 'There is no host {host}.', remedy: 'Check the address.' },
  fetch_odd: {
    message: 'What {host} answers cannot be understood.',
    remedy: 'Give another address.',
  },
  fetch_status: { message: '{host} answered {status}.', remedy: 'Check the address.' },
  fetch_kind: {
    message: 'What {host} sends is of a kind that is not wanted here.',
    remedy: 'Check the address.',
  },
  fetch_large: { message: 'It is larger than {limit_bytes}.', remedy: 'Open it beside instead.' },
  fetch_unreached: {
    message: '{host} cannot be reached.',
    remedy:
      'Check the address, and whether this server may go out to the internet without a proxy.',
  },
  address_long: {
    message: 'The address is longer than {limit} characters.',
    remedy: 'Give a shorter one.',
  },
  address_letters: {
    message: 'The address has a blank, a control character or a backslash in it.',
    remedy: 'Give a plain http or https address.',
  },
  address_unreadable: {
    message: 'The address cannot be read.',
    remedy: 'Give a plain http or https address.',
  },
  address_scheme: {
    message: 'The address must begin with http:// or https://.',
    remedy: 'Give a plain http or https address.',
  },
  address_login: {
    message: 'An address with a user name or password in it is not fetched.',
    remedy: 'Give a plain http or https address.',
  },
  address_host: {
    message: 'The address has no host that can be read.',
    remedy: 'Write the name in ASCII (xn--…).',
  },
  address_port: {
    message: 'There is no port {port}.',
    remedy: 'Give a plain http or https address.',
  },
  address_name: {
    message: 'The host is no name that a server can have.',
    remedy: 'Check the address.',
  },
  address_number: {
    message: 'The host is a number in an unusual form.',
    remedy: 'Write it as four decimal numbers.',
  },
  // endpoints
  key_letters: {
    message: 'The key has a blank or a letter that no key has.',
    remedy: 'Copy the key again.',
  },
  base_url_query: {
    message: 'A base URL has no `?` and no `#`.',
    remedy: 'End it in /v1, as a rule.',
  },
  key_moved: {
    message: 'The stored key was given for another server and is not sent to this one.',
    remedy: 'Enter the key of the new address, or an empty one for none.',
  },
  endpoints_many: { message: 'There are {limit} endpoints already.', remedy: 'Remove one.' },
  endpoint_no_address: {
    message: 'The endpoint {name} has no address.',
    remedy: 'Set its base_url under `endpoints` in the configuration.',
  },
  endpoint_taken: { message: 'There is an endpoint “{name}”.', remedy: 'Choose another name.' },
  endpoint_serves: {
    message: 'The endpoint {name} serves “{model}” already.',
    remedy: 'Leave the model out, or turn the other endpoint off.',
  },
  endpoint_model: { message: 'A model here is called “{model}”.', remedy: 'Leave the model out.' },
  endpoint_preset: {
    message: 'The endpoint {name} is of the configuration.',
    remedy: 'Change it under `endpoints` there, and start the server again.',
  },
  endpoint_none: { message: 'There is no such endpoint.' },
  no_answer: {
    message: 'There was no answer within {limit_seconds}.',
    remedy: 'Check the address.',
  },
  // fields of a request
  field_missing: { message: '“{field}” is missing.', remedy: 'Fill it in.' },
  field_unknown: { message: 'There is no field “{field}”.' },
  field_empty: { message: '“{field}” may not be empty.', remedy: 'Fill it in.' },
  field_short: { message: '“{field}” must have at least {limit} characters.' },
  field_few: { message: '“{field}” must have at least {limit} items.' },
  field_many: { message: '“{field}” may have at most {limit} items.' },
  field_least: { message: '“{field}” must be at least {limit}.' },
  field_above: { message: '“{field}” must be greater than {limit}.' },
  field_most: { message: '“{field}” may be at most {limit}.' },
  field_below: { message: '“{field}” must be less than {limit}.' },
  field_over: { message: '“{field}” is over the limit of {limit}.', remedy: 'Send less.' },
  field_choice: { message: '“{field}” must be one of: {names}.' },
  field_integer: { message: '“{field}” must be a whole number.' },
  field_number: { message: '“{field}” must be a number.' },
  field_flag: { message: '“{field}” must be yes or no.' },
  field_text: { message: '“{field}” must be a text.' },
  field_list: { message: '“{field}” must be a list.' },
  field_object: { message: '“{field}” must be an object.' },
  field_date: { message: '“{field}” is no date.' },
  field_form: { message: '“{field}” does not have the right form.' },
  text_zero: {
    message: '“{field}” has a character that cannot be stored (U+0000).',
    remedy: 'Take it out.',
  },
  text_half: {
    message: '“{field}” has half of a character that cannot be stored.',
    remedy: 'Take it out.',
  },
  body_json: { message: 'What was sent is not JSON.', remedy: 'Reload the page.' },
  bodies_many: {
    message: 'The server is taking in too many large requests at once.',
    remedy: 'Try again in a moment.',
  },
  body_large: { message: 'What was sent is larger than {limit_bytes}.', remedy: 'Send less.' },
  origin_foreign: {
    message: 'Requests from other sites are refused.',
    remedy: 'If this page’s address is right, add it to the setting cors_origins.',
  },
  schema_wrong: {
    message: 'The schema is no JSON Schema: {said}',
    remedy: 'Write a JSON Schema, or the simple form.',
  },
  schema_deep: {
    message: 'The schema is nested deeper than {limit} levels.',
    remedy: 'Make it simpler.',
  },
  ...chats,
  ...engines,
  ...models,
} as const

/** What the page calls the fields of requests; those of a launch are called as its form calls them. */
const fields = {
  body: 'what was sent',
  name: 'name',
  email: 'e-mail address',
  password: 'password',
  new_password: 'new password',
  command: 'command',
  description: 'description',
  content: 'text',
  system_prompt: 'system prompt',
  model: 'model',
  models: 'models',
  opening: 'opening',
  suggestions: 'suggestions',
  title: 'title',
  folder: 'folder',
  tags: 'tags',
  comment: 'comment',
  note: 'note',
  id: 'short name',
  url: 'address',
  base_url: 'address',
  api_key: 'key',
  hf_repo: 'repository',
  hf_file: 'file',
  path: 'path',
  args: 'arguments',
  env: 'variables',
  headers: 'headers',
  client_id: 'client ID',
  client_secret: 'client secret',
  timeout_seconds: 'seconds that one call may take',
  temperature: 'temperature',
  top_p: 'Top P',
  top_k: 'Top K',
  min_p: 'Min P',
  max_tokens: 'longest reply',
  seed: 'seed',
  stop: 'words to stop at',
  repeat_penalty: 'repeat penalty',
  presence_penalty: 'presence penalty',
  frequency_penalty: 'frequency penalty',
  response_format: 'schema of answers',
  schema: 'schema',
  prompt: 'prompt',
  input: 'texts',
  query: 'question',
  documents: 'documents',
  requests_per_minute: 'requests a minute',
  tokens_per_day: 'tokens a day',
  concurrent: 'answers at once',
  q: 'search',
}

const words = { launch: { fields: platform.launch.fields }, errors: { sentences, fields } }

type Text<T> = { readonly [K in keyof T]: T[K] extends string ? string : Text<T[K]> }

export type SentenceWords = Text<typeof words>
export type ChatSentences = Text<typeof chats>
export type EngineSentences = Text<typeof engines>
export type ModelSentences = Text<typeof models>

export default words
