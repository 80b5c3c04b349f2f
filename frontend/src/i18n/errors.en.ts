/**
 * What the server's error codes mean, for languages that the server does not speak: English readers are shown
 * the server's own sentences, which say more. `field` follows where an error is about one field. Errors that have
 * a sentence of their own are in `sentences.en.ts`.
 */
const errors = {
  errors: {
    field: '{message} (field: {field})',
    said: 'The server said: {words}',
    internal_error: { message: 'Something went wrong in the server.', remedy: 'Try again.' },
    invalid_value: { message: 'The request is not right.', remedy: 'Correct the value.' },
    invalid_request: { message: 'The request is not right.', remedy: 'Reload the page.' },
    context_length_exceeded: {
      message: 'The conversation is longer than the model can read.',
      remedy: 'Shorten it, or choose a model with a longer context.',
    },
    invalid_api_key: { message: 'You are not signed in, or the key is wrong.', remedy: 'Sign in.' },
    login_failed: {
      message: 'There is no such user, or the password is another.',
      remedy: 'Check both and try again.',
    },
    imported_error: {
      message: 'This reply failed where it was made.',
      remedy: 'Ask for it again.',
    },
    forbidden: { message: 'You may not do this.', remedy: 'Ask an administrator.' },
    not_found: { message: 'It does not exist, or not any more.', remedy: 'Reload the page.' },
    model_not_found: { message: 'There is no such model.', remedy: 'Choose another model.' },
    method_not_allowed: { message: 'This cannot be done here.', remedy: 'Reload the page.' },
    conflict: { message: 'It does not fit how things are now.', remedy: 'Reload and try again.' },
    stale_revision: {
      message: 'It was changed elsewhere meanwhile.',
      remedy: 'Look at the present state and repeat the change.',
    },
    branch_busy: {
      message: 'A reply is still being written here.',
      remedy: 'Wait for it to end, or stop it.',
    },
    payload_too_large: { message: 'It is too large.', remedy: 'Make it shorter or smaller.' },
    unsupported_media_type: {
      message: 'This kind of data is not taken here.',
      remedy: 'Use another format.',
    },
    answer_cut: {
      message: 'The answer was cut off before it was whole.',
      remedy: 'Allow it more tokens.',
    },
    answer_invalid: {
      message: 'The answer does not follow the schema.',
      remedy: 'Try again, or simplify the schema.',
    },
    rate_limit_exceeded: { message: 'That was too often.', remedy: 'Try again in a while.' },
    queue_full: {
      message: 'All places of this model are taken, and so is its queue.',
      remedy: 'Try again in a moment, or choose another model.',
    },
    engine_error: { message: 'The engine failed.', remedy: 'Try again.' },
    engine_refused: {
      message: 'The engine refused the request.',
      remedy: 'Look at what the engine says.',
    },
    engine_rejected: {
      message: 'The engine finds the request wrong.',
      remedy: 'Change the parameters.',
    },
    engine_busy: { message: 'The engine is over its limit.', remedy: 'Try again in a moment.' },
    engine_died: {
      message: 'The engine does not answer, or the connection to it is lost.',
      remedy: 'Try again, or continue the answer.',
    },
    engine_stalled: {
      message: 'The engine has sent nothing for a long time.',
      remedy: 'Try again, or start the model anew.',
    },
    engine_malformed: {
      message: 'The engine sent something that cannot be understood.',
      remedy: 'Check that the address leads to an engine.',
    },
    tool_failed: { message: 'A tool failed.', remedy: 'Try again, or go on without it.' },
    unavailable: { message: 'This is not available now.', remedy: 'Try again in a moment.' },
    engine_not_ready: {
      message: 'The model does not run yet.',
      remedy: 'Wait a moment and try again.',
    },
    launch_failed: {
      message: 'The engine could not be started.',
      remedy: 'Look at its last words and its log.',
    },
    out_of_memory: {
      message: 'There is not enough memory for this model.',
      remedy: 'Choose a smaller model, a shorter context, or stop another one.',
    },
    engine_missing: {
      message: 'The engine is not installed.',
      remedy: 'Install it, or choose another engine.',
    },
    tools_missing: { message: 'What this tool needs is not installed.', remedy: 'Install it.' },
    tool_server_down: {
      message: 'The server of the tools does not answer.',
      remedy: 'Start it, or turn its tools off.',
    },
    tool_login_needed: {
      message: 'This server of tools wants you to log in.',
      remedy: 'Connect it under Tools, below the message box.',
    },
    store_unavailable: {
      message: 'The database takes nothing now; nothing was stored.',
      remedy: 'Try again in a moment.',
    },
    shutting_down: { message: 'The server is stopping.', remedy: 'Try again in a moment.' },
    address_refused: {
      message: 'The server does not go to this address.',
      remedy: 'Give a public address, or ask an administrator to allow it.',
    },
    fetch_failed: { message: 'What is at this address did not come.', remedy: 'Check it.' },
    fetch_timed_out: { message: 'The address did not answer in time.', remedy: 'Try again later.' },
    fetch_too_large: { message: 'What is at this address is too large.', remedy: 'Give another.' },
    disk_full: { message: 'The disk is full.', remedy: 'Make room and try again.' },
    storage_full: { message: 'There is no room left for files.', remedy: 'Delete some files.' },
    file_scanned: {
      message: 'The PDF has no text: it holds pictures of pages.',
      remedy: 'Attach its pages as images to a model that sees, or run text recognition over it.',
    },
    file_unreadable: { message: 'The file cannot be read.', remedy: 'Give it in another format.' },
    download_corrupt: {
      message: 'What was downloaded is damaged.',
      remedy: 'Download it once more.',
    },
    seal_broken: { message: 'The stored key cannot be read.', remedy: 'Enter it again.' },
    bad_configuration: { message: 'The settings are wrong.', remedy: 'Correct them.' },
  },
} as const

type Text<T> = { readonly [K in keyof T]: T[K] extends string ? string : Text<T[K]> }

export type ErrorWords = Text<typeof errors>

export default errors
