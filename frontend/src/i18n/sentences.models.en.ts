/** Sentences of models and tools; see `sentences.en.ts`. */
export const models = {
  // starting models
  not_on_engine: { message: '{model} does not run on “{engine}”.', remedy: 'Use one of: {names}.' },
  engine_unknown: {
    message: 'The engine “{engine}” is unknown here.',
    remedy: 'Choose another engine.',
  },
  instance_used: {
    message: '{name} runs with other options and is being used.',
    remedy: 'Wait for the replies being written, or stop it first.',
  },
  instance_starting: {
    message: '{name} is being started with other options.',
    remedy: 'Stop it first, or try again.',
  },
  instance_engine: { message: '{name} would start on another engine.', remedy: 'Restart it.' },
  replica_none: { message: 'The instance has no such replica.' },
  instance_none: {
    message: 'This instance does not run any more.',
    remedy: 'Look at the running ones.',
  },
  weights_pickles: {
    message: 'The weights of {name} are pickles, which can run code while they are read.',
    remedy: 'Use a repository with safetensors, or set trust_remote_code if you trust its makers.',
  },
  launch_no_room: {
    message:
      'There is no room in memory for {name}: it needs {needed_bytes}, {free_bytes} are free.',
    remedy:
      'Stop another model, or choose a smaller size, a lower quantization or a shorter context.',
  },
  weights_missing: {
    message: 'The file of {name} is missing.',
    remedy: 'Put it at {path}, or correct the path in models.json.',
  },
  downloading: {
    message: '{name} is being downloaded ({progress}).',
    remedy: 'It can be used when the download is complete.',
  },
  download_first: {
    message: '{name} has not been downloaded yet.',
    remedy: 'Download it first, on the Models page.',
  },
  gpu_none: { message: 'There is no GPU {index}.', remedy: 'Leave the GPUs open.' },
  gpus_many: { message: 'One replica cannot have {count} GPUs.', remedy: 'Use {most} at most.' },
  stopped_loading: { message: '{name} was stopped while it was loading.', remedy: 'Try again.' },
  option_between: { message: '“{field}” must be between {low} and {high}.' },
  option_least: { message: '“{field}” must be at least {low}.' },
  option_most: { message: '“{field}” must be at most {high}.' },
  model_not_started: {
    message: '{name} could not be started.',
    remedy: 'Look at the instance’s log, then start the model again.',
  },
  start_no_download: {
    message: 'The download did not come to its end.',
    remedy: 'Resume it under Downloads.',
  },
  start_ended: { message: 'The model does not run any more.', remedy: 'Start it again.' },
  // the catalogue and downloads
  model_name_taken: {
    message: 'The name “{name}” is taken by “{other}”.',
    remedy: 'Choose another name.',
  },
  model_form: { message: '{model} does not come in {form}.', remedy: 'Use one of: {names}.' },
  download_local: { message: '{name} is a local file; there is nothing to download.' },
  download_ollama: {
    message: 'Ollama fetches {name} itself.',
    remedy: 'Start it on the engine Ollama, or run `ollama pull {ollama}`.',
  },
  download_elsewhere: {
    message: 'Only the server that runs {name} has its weights.',
    remedy: 'Start it on the engine {engine}.',
  },
  model_none: { message: 'There is no model “{name}”.', remedy: 'Choose another model.' },
  download_here: { message: '{name} is here already.' },
  download_not_running: { message: 'This download is not running.' },
  download_cache: {
    message: '{name} lies in a Hugging Face cache, which other programs use too.',
    remedy: 'Delete it with `hf cache`, or by hand: {path}.',
  },
  download_not_here: { message: '{name} is not downloaded.' },
  download_unwritable: {
    message: 'The file cannot be written.',
    remedy: 'Check the rights on {folder}.',
  },
  download_none: { message: 'There is no such download.' },
  hub_nonsense: {
    message: 'What {host} says of {repo} makes no sense.',
    remedy: 'Check the setting of the hub’s address.',
  },
  hub_circles: { message: 'The hub redirects in circles.', remedy: 'Try again later.' },
  hub_gated: {
    message: '{repo} is only given to people who have accepted its licence.',
    remedy: 'Accept it at {address}, and set hf_token to a token of that account.',
  },
  hub_private: {
    message: 'The hub does not show {repo} to us: it is private or gated, or does not exist.',
    remedy: 'Check hf_token, if you have access to it: see {address}.',
  },
  hub_no_file: {
    message: 'The hub has no such file: {address}',
    remedy: 'Correct hf_repo and hf_file in models.json.',
  },
  repo_no_file: { message: '{repo} has no file {file}.', remedy: 'It has {names}.' },
  url_no_file: { message: 'The address must end in a file’s name.' },
  place_unusable: { message: '{name} cannot be used: {said}' },
  path_relative: { message: 'The path must be absolute, or begin with ~.' },
  path_nothing: {
    message: 'There is nothing at {path}.',
    remedy: 'Check its spelling and rights.',
  },
  path_ggufs: {
    message: '{path} is a folder of GGUF files.',
    remedy: 'Name one of them: {names}.',
  },
  place_late: { message: 'It did not answer in time.', remedy: 'Try again later.' },
  file_unusable: { message: 'The file cannot be used: {said}' },
  repo_unusable: { message: 'The repository cannot be used: {said}' },
  place_unreached: {
    message: 'It cannot be reached.',
    remedy: 'Check the address and the connection to the internet.',
  },
  repo_form: {
    message: 'That is no name of a repository or a file.',
    remedy: 'A repository has the form owner/name.',
  },
  model_id_taken: {
    message: 'There is a model “{name}” already.',
    remedy: 'Choose another short name.',
  },
  model_of_file: {
    message: '{name} is a model of models.json.',
    remedy: 'Take it out of the file that models_config names, and start the server again.',
  },
  model_used: { message: '{name} is in use.', remedy: 'Stop it first.' },
  ms_none: {
    message: 'ModelScope does not have {repo}: {said}',
    remedy: 'Name it in ms_repo in models.json, or set downloads.source to huggingface.',
  },
  ms_private: {
    message: 'ModelScope does not give {repo} to us: it is private, or gated.',
    remedy: 'See {address}, or set downloads.source to huggingface.',
  },
  ms_no_file: {
    message: 'ModelScope has no such file: {address}',
    remedy: 'Name its repository in ms_repo, or set downloads.source to huggingface.',
  },
  repo_no_safetensors: {
    message: '{repo} has no safetensors.',
    remedy: 'Name a GGUF file of it, or another repository.',
  },
  urls_off: { message: 'Addresses are not fetched here.' },
  repo_file_name: {
    message: '{repo} has a file with the name “{file}”, which is not allowed.',
    remedy: 'Name another repository.',
  },
  repo_no_weights: {
    message: '{repo} has no weights that can be run: neither safetensors nor GGUF.',
  },
  repo_no_config: {
    message: '{repo} has no config.json.',
    remedy: 'Name the model’s own repository.',
  },
  download_twice: {
    message: 'Another process is downloading this file.',
    remedy: 'Wait for it to end.',
  },
  disk_full_at: { message: 'The disk is full.', remedy: 'Free room on {folder}.' },
  download_other: {
    message: 'The hub has another file than the one that models.json names.',
    remedy: 'Correct sha256 in models.json, or ask the operator why the file has changed.',
  },
  download_more: {
    message: 'The server sent more than the {size_bytes} it had announced.',
    remedy: 'Try again later, or use another hf_endpoint.',
  },
  download_anew: {
    message: 'The server does not continue where we stopped.',
    remedy: 'It begins anew.',
  },
  download_sizes: {
    message: 'The hub says the file has {size_bytes}, the server {other_bytes}.',
    remedy: 'Try again later, or use another hf_endpoint.',
  },
  download_sha: {
    message: 'The file’s SHA-256 is not what the hub says: it was changed or damaged on the way.',
    remedy: 'Download it again.',
  },
  connection_cut: { message: 'The connection was cut.', remedy: 'It is tried again.' },
  disk_room: {
    message: '{needed_bytes} are needed, but the disk of {folder} has only {free_bytes} free.',
    remedy: 'Free room there, or set models_dir to a folder of another disk.',
  },
  address_leads: {
    message: 'The address leads on too often.',
    remedy: 'Give the address where it ends.',
  },
  address_leads_unsafe: {
    message: '{host} leads on to an unprotected address.',
    remedy: 'Give the address where it ends.',
  },
  weights_outside: {
    message: 'The model’s file would lie outside the models directory.',
    remedy: 'Check the links below the models directory.',
  },
  download_nothing: { message: 'There is nothing to download for this model.' },
  answer_large: { message: '{address} is larger than {limit_bytes}.' },
  hub_unsafe: {
    message: '{host} redirects to the unprotected address {address}.',
    remedy: 'Check hf_endpoint: its files must come by https or from the same address.',
  },
  host_refuses: { message: '{host} does not give {address} to us ({status}).' },
  host_no_file: { message: '{host} has no such file: {address}', remedy: 'Check the address.' },
  host_busy: { message: '{host} wants fewer requests.', remedy: 'It is tried again by itself.' },
  host_status: { message: '{host} answered {status}.', remedy: 'It is tried again by itself.' },
  hub_unreached: {
    message: '{host} cannot be reached.',
    remedy:
      'Check the connection to the internet and the setting of the hub’s address; then resume.',
  },
  file_which: { message: 'Which file is meant?', remedy: 'There are: {names}.' },
  file_other: { message: 'There is no such file.', remedy: 'There are: {names}.' },
  model_id_form: {
    message: 'The short name does not have the right form.',
    remedy: 'Use small letters, digits, dots, dashes and underscores.',
  },
  model_entry: { message: 'The model’s entry is not right: {said}' },
  // tools
  tool_no_login: { message: 'Nobody logs in at this server.' },
  tool_server_left: {
    message: 'The tool server {name} went away.',
    remedy: 'Try again; its log may tell why it ended.',
  },
  tool_server_given_up: { message: 'The connection to {name} was given up.' },
  tool_server_login: {
    message: 'The tool server {name} asks for a login.',
    remedy:
      'Turn OAuth on in the server’s settings, so that each person logs in; or make an access token (an API key) at the service and add it to the server’s headers: Authorization: Bearer …',
  },
  tool_service_late: { message: '{name} did not answer within {limit_seconds}.' },
  tool_no_oauth: {
    message: '{name} asks for no login.',
    remedy: 'Turn OAuth off in the server’s settings.',
  },
  tool_login_old: {
    message: 'This login was not begun here, or too long ago.',
    remedy: 'Connect once more.',
  },
  tool_login_browser: {
    message: 'This login was begun in another browser.',
    remedy: 'Connect once more, here.',
  },
  tool_login_declined: { message: 'The service did not agree.', remedy: 'Connect once more.' },
  tool_service_silent: { message: 'The service did not answer.', remedy: 'Connect once more.' },
  tool_token_refused: {
    message: '{name} does not take the token that its service gave.',
    remedy: 'Tell its operator.',
  },
  tool_no_registration: {
    message: 'The service of {name} registers no applications by itself.',
    remedy:
      'Register one there by hand, with the address {address} to come back to, and enter its client ID and secret in the server’s settings.',
  },
  tool_no_token: {
    message: 'The service of {name} gave no token.',
    remedy: 'Connect once more; check the client ID and secret in the server’s settings.',
  },
  tool_login_failed: { message: 'The login at {name} did not work.', remedy: 'Tell its operator.' },
  tool_login_unreached: {
    message: 'The login at {name} did not work: its service cannot be reached.',
    remedy: 'A service on your own network has to be in the setting outside.allow.',
  },
  tool_login_needed: {
    message: '{name} wants you to log in.',
    remedy: 'Connect it under Tools, below the message box.',
  },
  tool_prompt_empty: { message: 'This prompt of the server has no text.' },
  question_needed: { message: '{title} is needed.', remedy: 'Fill it in.' },
  question_form: { message: '{title} is not as the server asks for it.' },
  tool_servers_many: { message: 'There are {limit} tool servers already.', remedy: 'Remove one.' },
  tool_gone: {
    message: 'The server offers no tool “{name}”.',
    remedy: 'Look at its tools again: they may have changed.',
  },
  tool_policy: {
    message: 'Only single tools can run without being asked for.',
    remedy: 'Choose it for the tools that you have looked at.',
  },
  tool_no_url: { message: 'A server over HTTP has an address.' },
  header_name: { message: 'The header “{name}” cannot be set.' },
  header_value: { message: 'A header’s value has a letter that none has.' },
  tool_no_command: { message: 'A program has a command.' },
  tool_command: { message: 'The command has characters that no command has.' },
  tool_shell: {
    message: 'A shell is not started as a tool server.',
    remedy: 'Name the program itself, and its arguments one by one.',
  },
  env_steering: { message: 'The variable “{name}” cannot be set: it decides which code is run.' },
  env_nul: { message: 'The variable {name} holds a NUL.' },
  tool_approve: {
    message: 'This would run on the server’s machine: {command}',
    remedy: 'Look at the command, and allow it.',
  },
  secrets_moved: {
    message: 'The stored secrets were given for another address or command.',
    remedy: 'Enter them again, or empty them.',
  },
  secret_unknown: { message: 'The value of {name} is not known.', remedy: 'Enter it.' },
  tool_server_none: { message: 'There is no such tool server.' },
  tool_vanished: { message: 'The server has no such tool any more.' },
  arguments_json: { message: 'The arguments are no JSON: {said}' },
  arguments_object: { message: 'The arguments are no JSON object.' },
  arguments_schema: { message: 'The arguments do not follow the schema: {said}' },
  tools_library: {
    message: 'Tools need the Python package `mcp`, which is not installed.',
    remedy: 'Install it beside StellarChat: pip install "stellarchat[mcp]"',
  },
  tools_many: {
    message: 'The server has more than {limit} tools.',
    remedy: 'Use a smaller server.',
  },
  tool_server_went: { message: 'The tool server went away.' },
  tool_page_first: {
    message: 'The tool server wants you to open a page first, which was not done.',
    remedy: 'Ask for the answer again, and open it.',
  },
  tool_error: { message: 'The tool server answered with an error.' },
  tool_protocol: { message: 'The tool server does not keep to the protocol.' },
  tool_own_word: { message: 'The tool server does not keep to its own word.' },
  tool_late: {
    message: 'There was no answer within {limit_seconds}.',
    remedy: 'Try again, or give the server more time in its settings.',
  },
  tool_server_waits: {
    message: 'The tool server {name} cannot be reached.',
    remedy: 'It is tried again in {wait_seconds}.',
  },
  tool_server_unreached: {
    message: 'The tool server {name} cannot be reached.',
    remedy: 'Check its address or its command, and its log.',
  },
  tool_server_slow: { message: 'It has not answered yet.' },
} as const
