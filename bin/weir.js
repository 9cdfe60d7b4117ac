#!/usr/bin/env node
/*
 * Starts the weir command under the Node the project brings with it. Plain old JavaScript on purpose: whatever Node a
 * machine has must be able to read this far, and be told what to do.
 */
var childProcess = require('child_process')
var fs = require('fs')
var path = require('path')
var url = require('url')

var neededMajor = 24
var root = path.join(__dirname, '..')
var main = path.join(root, 'services', 'cli', 'main.ts')

function majorOf(version) {
  return parseInt(version.split('.')[0], 10)
}

function ownNode() {
  var name = 'node-' + process.platform + '-' + process.arch
  var file = path.join(root, 'node_modules', name, 'bin', 'node')
  return fs.existsSync(file) ? file : undefined
}

function explain() {
  process.stderr.write(
    'Weir needs Node ' +
      neededMajor +
      ' or newer; this is Node ' +
      process.versions.node +
      ' on ' +
      process.platform +
      '-' +
      process.arch +
      '.\n' +
      '堰需要 Node ' +
      neededMajor +
      ' 或更新版本，当前为 Node ' +
      process.versions.node +
      '。\n' +
      (fs.existsSync(path.join(root, 'node_modules'))
        ? 'Install it from https://nodejs.org/ (or with nvm: `nvm install 24`) and try again. 请安装后重试。\n'
        : 'Run `npm ci` in ' + root + ' first: on Linux it brings Node along. 请先运行 npm ci。\n'),
  )
  process.exit(1)
}

// Signals reach the child once: a terminal sends Ctrl-C and hang-up to the whole group itself, anyone else only to us.
function passSignals(child) {
  var atTerminal = Boolean(process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY)
  ;['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'].forEach(function (signal) {
    process.on(signal, function () {
      if (!(atTerminal && (signal === 'SIGINT' || signal === 'SIGQUIT'))) child.kill(signal)
    })
  })
}

function reexecute(node) {
  var env = Object.assign({}, process.env, { WEIR_LAUNCHED: '1' })
  // The channel carries nothing: its closing tells the child that the launcher was killed, so that no orphan keeps the data folder.
  var child = childProcess.spawn(node, [__filename].concat(process.argv.slice(2)), {
    env: env,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  child.on('error', function (error) {
    process.stderr.write('Could not start ' + node + ': ' + error.message + '\n')
    process.exit(1)
  })
  child.on('exit', function (code, signal) {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
  passSignals(child)
}

function dieWithLauncher() {
  delete process.env.WEIR_LAUNCHED
  if (!process.channel) return
  process.on('disconnect', function () {
    process.kill(process.pid, 'SIGKILL')
  })
  process.channel.unref()
}

// npm runs scripts in the project's folder; the paths a person types mean the folder they were typed in.
function returnToCaller() {
  var caller = process.env.INIT_CWD
  var byNpm = process.env.npm_lifecycle_event === 'weir' || process.env.npm_lifecycle_event === 'demo'
  if (byNpm && caller && process.cwd() === path.resolve(root) && fs.existsSync(caller)) process.chdir(caller)
}

function start() {
  if (majorOf(process.versions.node) < neededMajor) {
    var node = ownNode()
    if (node === undefined || process.env.WEIR_LAUNCHED) explain()
    else reexecute(node)
    return
  }
  if (process.env.WEIR_LAUNCHED) dieWithLauncher()
  returnToCaller()
  process.argv[1] = main
  import(url.pathToFileURL(main).href).catch(function (error) {
    process.stderr.write(String((error && error.stack) || error) + '\n')
    process.exit(1)
  })
}

start()
