/** Sentences of engines; see `sentences.en.ts`. */
export const engines = {
  // engines that ended
  launch_no_memory: {
    message: '{name} ended: there was not enough memory.',
    remedy:
      'Stop another model, or choose a smaller size, a lower quantization or a shorter context.',
  },
  launch_memory_ran_out: {
    message: '{name} was ended by the system: most likely the memory ran out.',
    remedy:
      'Stop another model, or choose a smaller size, a lower quantization or a shorter context.',
  },
  launch_gpu_memory: {
    message: '{name} ended: there was not enough memory on the GPU.',
    remedy:
      'Stop another model, or choose a smaller size, a lower quantization or a shorter context.',
  },
  launch_gpu_in_use: {
    message: '{name} ended: other programs use the GPU’s memory.',
    remedy: 'End them, choose other GPUs, or give it a smaller share of the memory.',
  },
  launch_gpu_share: {
    message: '{name} ended: its share of the GPU’s memory is too small for the model.',
    remedy: 'Give it a larger share or more GPUs, or choose a smaller model.',
  },
  launch_context_memory: {
    message: '{name} ended: the context is too long for the memory that is left for it.',
    remedy: 'Start it with a shorter context or a larger share of the memory.',
  },
  launch_context_model: {
    message: '{name} ended: the context is longer than the model was made for.',
    remedy: 'Start it with a shorter context.',
  },
  launch_gpu_count: {
    message: '{name} ended: the model cannot be shared by that many GPUs.',
    remedy: 'Start it with 1, 2 or 4 GPUs.',
  },
  launch_nccl: {
    message: '{name} ended: the GPUs could not work together (NCCL).',
    remedy: 'Start it on one GPU.',
  },
  launch_no_gpu: {
    message: '{name} ended: no usable GPU was found.',
    remedy: 'Install the GPU’s driver, or use an engine for the CPU.',
  },
  launch_bfloat16: {
    message: '{name} ended: the GPU is too old for bfloat16.',
    remedy: 'Start it with precision float16.',
  },
  launch_remote_code: {
    message: '{name} ended: the model brings a program of its own.',
    remedy: 'Where you trust its makers, start it with trust_remote_code.',
  },
  launch_lora_rank: {
    message: '{name} ended: the adapter is larger than allowed for.',
    remedy: 'Start it with extra_args --max-lora-rank and the rank that is named.',
  },
  launch_lora: {
    message: '{name} ended: the adapter was not made for this model, or is none.',
    remedy: 'Start it without an adapter, or with one for this very model.',
  },
  launch_unknown_model: {
    message: '{name} ended: the engine does not know this kind of model.',
    remedy: 'Update the engine, or use another one.',
  },
  launch_libraries: {
    message: '{name} ended: libraries of the engine’s environment do not fit together.',
    remedy: 'Install torchvision, torchaudio and torchcodec for its torch, or uninstall them.',
  },
  launch_library: {
    message: '{name} ended: a library that the engine needs is missing.',
    remedy: 'Install the engine again with all it needs.',
  },
  launch_port: {
    message: '{name} ended: its port was taken by another program.',
    remedy: 'Start it again.',
  },
  launch_disk: {
    message: '{name} ended: the disk is full.',
    remedy: 'Free some space, or move the data directory.',
  },
  launch_damaged: {
    message: '{name} ended: the model file is damaged or incomplete.',
    remedy: 'Delete the model and download it again.',
  },
  launch_options: {
    message: '{name} ended: the engine does not understand its options.',
    remedy: 'Correct the options, or update the engine.',
  },
  launch_unreadable: {
    message: '{name} ended: a file could not be read.',
    remedy: 'Give this user the right to read the model and its folder.',
  },
  launch_no_file: {
    message: '{name} ended: a file was not found.',
    remedy: 'Check the model’s path, or download the model again.',
  },
  launch_processor: {
    message: '{name} ended: this processor lacks instructions that the engine uses.',
    remedy: 'Install a build for this processor.',
  },
  // engines
  engine_gave_up: {
    message: 'The engine gave the answer up.',
    remedy: 'Continue the answer, or retry.',
  },
  param_of_endpoint: {
    message: 'This endpoint does not know the parameter “{field}”.',
    remedy: 'Leave it at its default.',
  },
  engine_large: { message: 'The engine’s answer is larger than {limit_bytes}.' },
  engine_closed: {
    message: 'The engine closed the connection before it had finished.',
    remedy: 'Try again, or continue the answer.',
  },
  engine_silent: {
    message: 'The engine sent nothing for {silent_seconds}.',
    remedy: 'Try again; if it happens often, restart the model or look at its log.',
  },
  engine_not_http: {
    message: 'The engine does not speak HTTP.',
    remedy: 'Check that the address leads to an engine.',
  },
  engine_stopped: {
    message: 'The engine was stopped.',
    remedy: 'Start the model again, then retry.',
  },
  engine_nobody: {
    message: 'Nothing answers at {address}.',
    remedy: 'Check that the engine or the endpoint is running.',
  },
  attached_not_served: {
    message: 'The {engine} server at {address} does not serve {name}; it serves {names}.',
    remedy: 'Start it with that model.',
  },
  attached_keeps: {
    message: 'A {engine} server keeps its model for as long as it runs.',
    remedy: 'Stop the server at {address} itself.',
  },
  attached_fetches: {
    message: 'A {engine} server fetches no models while it runs.',
    remedy: 'Start the server at {address} with the model {name}.',
  },
  attached_key: {
    message: 'The {engine} server does not accept the key ({status}).',
    remedy: 'Set {setting} to the key that it was started with.',
  },
  attached_no_list: {
    message: 'What answers at {address} does not list its models.',
    remedy: 'Check {setting}.',
  },
  weights_config: {
    message: 'The weights of {name} cannot be used: config.json cannot be read ({said}).',
    remedy: 'It must be a folder as Hugging Face has it: download the model again.',
  },
  weights_incomplete: {
    message: 'The weights of {name} are incomplete: {said}.',
    remedy: 'Download the model again; what is there already is kept.',
  },
  weights_unusable: {
    message: 'The weights of {name} cannot be used: {said}',
    remedy:
      'Delete the model and download it again; put a whole copy in the place of a file of your own.',
  },
  weights_quantized: {
    message: '{name} is quantized ({form}), which Transformers cannot run here.',
    remedy: 'Run it on vLLM, or use the weights that are not quantized.',
  },
  ollama_none: {
    message: 'Ollama does not have {name}.',
    remedy: 'Pull it: `ollama pull {name}`.',
  },
  ollama_holds: {
    message: 'Ollama still holds {name} in memory after {waited_seconds}.',
    remedy: 'Somebody else may be using it: see `ollama ps`, or run `ollama stop {name}`.',
  },
  ollama_not: { message: 'What answers there is not Ollama.', remedy: 'Check ollama.base_url.' },
  ollama_fetch: { message: 'Ollama could not fetch it: {said}', remedy: 'Check the model’s name.' },
  ollama_cannot: { message: 'Ollama cannot do that.', remedy: 'Use another model.' },
  param_of_engine: {
    message: '{engine} does not know the parameter “{field}”.',
    remedy: 'Leave it at its default.',
  },
  endpoint_key: {
    message: 'The endpoint does not accept the key ({status}).',
    remedy: 'Check the endpoint’s key.',
  },
  endpoint_status: {
    message: 'The endpoint answered {status} to the question for its models.',
    remedy: 'Check the address; it usually ends in /v1.',
  },
  endpoint_no_list: {
    message: 'The endpoint’s answer is not a model list.',
    remedy: 'Check the address; it usually ends in /v1.',
  },
  engine_no_start: { message: '{engine} cannot be started here.' },
  launch_no_process: {
    message: 'No process could be started for {name}.',
    remedy: 'Close programs, or raise the limits on processes and open files.',
  },
  launch_guard: { message: 'The guard of {name} did not start.' },
  launch_no_program: {
    message: 'The program of {name} could not be executed: {path}',
    remedy: 'Install the engine, or correct the path to it.',
  },
  program_not_run: {
    message: 'The program {path} could not be executed.',
    remedy: 'Install it, or correct its path.',
  },
  running_otherwise: {
    message: '{name} is running already, with other options.',
    remedy: 'Stop it first.',
  },
  model_stopped: { message: '{name} was stopped.', remedy: 'Start it again.' },
  launch_late: {
    message: '{name} was not ready within {limit_seconds}.',
    remedy: 'Choose a smaller model, or allow more time for loading.',
  },
  engine_unheard: {
    message: '{name} has not answered for {silent_seconds}.',
    remedy: 'It is started again. If that repeats, use fewer slots or a smaller model.',
  },
  engine_no_answer: { message: '{name} does not answer.', remedy: 'See that it runs.' },
  vectors_length: {
    message: '{model} gives vectors of {length} numbers and cannot shorten them.',
    remedy: 'Leave the dimensions out.',
  },
  engine_absent: {
    message: '{engine} is not installed.',
    remedy:
      'Install it: {command}, then set {setting} to that folder; or set {address} to the address of a server that runs.',
  },
  engine_absent_there: {
    message: '{engine} is not installed in {folder}.',
    remedy: 'Install it there: {command}, or set {address} to the address of a server that runs.',
  },
  engine_no_gpu: {
    message: '{engine} {version} needs a GPU, and this machine shows none.',
    remedy: 'Set {address} to the address of a server that has one, or use another engine.',
  },
  engine_no_gpu_build: {
    message: '{engine} {version} needs a GPU, and this machine shows none.',
    remedy:
      'Install the build for processors: {command}, then set {setting} to that folder; or set {address} to the address of a server that runs.',
  },
  engine_library: {
    message: 'Not installed: {names}.',
    remedy: 'Install the libraries: {command}',
  },
  ollama_away: {
    message: 'No Ollama answers at {address}.',
    remedy: 'Install it from ollama.com and run `ollama serve`, or set ollama.base_url.',
  },
  endpoints_none: {
    message: 'No remote endpoint is configured.',
    remedy: 'Add one under endpoints in the configuration: its base_url, its key and a model.',
  },
  engine_none: { message: 'No engine here can run {name}.' },
  // refusals of engines
  not_made_for: { message: '{name} is not made for {engine}.', remedy: 'Choose another engine.' },
  format_folder: {
    message: '{engine} runs a folder of weights as Hugging Face has it, not {format}.',
    remedy: 'Choose another format or engine.',
  },
  format_gguf: {
    message: 'llama.cpp runs the format gguf, not {format}.',
    remedy: 'Choose another format or engine.',
  },
  model_id_letters: {
    message: 'A model’s id is letters, digits and . _ + - and starts with a letter or digit.',
  },
  gpus_heads: {
    message: '{name} has {heads} attention heads, which cannot be shared by {count} GPUs.',
    remedy: 'The number of GPUs can be {fitting}.',
  },
  lora_one: { message: '{engine} applies one adapter to a reply.', remedy: 'Name one.' },
  gpus_few: {
    message: 'Only {count} GPUs are named, but the replicas need {wanted}.',
    remedy: 'Name more, or none.',
  },
  args_line: { message: 'A word of extra_args is one line.' },
  args_option: {
    message: '{word} cannot stand among the words for the command line.',
    remedy: 'Use {option} instead.',
  },
  args_decided: {
    message: '{word} of {engine} is decided by this program.',
    remedy: 'Leave it out.',
  },
  option_none: {
    message: '{engine} does not take “{field}” for this model.',
    remedy: 'Leave it out.',
  },
  option_choice: { message: '“{field}” cannot be {value}.', remedy: 'It must be one of {names}.' },
  llamacpp_cpu: {
    message: 'The installed llama.cpp computes on the processor only: it does not take “{field}”.',
    remedy: 'Leave it out, or install a build of xllamacpp for your GPU.',
  },
  lora_none: { message: 'There is no adapter at {path}.', remedy: 'Check the path.' },
  lora_unusable: { message: 'The adapter {path} cannot be used: {said}' },
  ollama_no_name: {
    message: '{name} has no name in Ollama’s library.',
    remedy: 'Choose another engine.',
  },
  engine_remote: {
    message: 'This engine is a remote server; it runs no model here.',
    remedy: 'Choose another engine.',
  },
  transformers_one_gpu: {
    message: 'Transformers keeps the keys and values of a model on one GPU.',
    remedy: 'Set the GPUs of a replica to 1 and use replicas, or run the model on vLLM.',
  },
} as const
