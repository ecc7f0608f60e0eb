# The service commands of an FME Flow component on Windows. The worker's account must be allowed to control the service.
# Written for Windows PowerShell 5.1 and later, and not tried on a real machine yet: run each action once by hand.
#
#   engines:
#     start: { command: [powershell, -NoProfile, -ExecutionPolicy, Bypass, -File, 'C:\understudy\fme-engines.ps1', start] }
#
# The second argument names another service: 'FME Flow Core', or for FME Server 'FME Server Engines', 'FME Server Core'.
param(
  [Parameter(Mandatory)] [ValidateSet('start', 'stop', 'status', 'disable')] [string] $Action,
  [string] $Service = 'FME Flow Engines'
)
$ErrorActionPreference = 'Stop'

$found = Get-CimInstance Win32_Service | Where-Object { $_.Name -eq $Service -or $_.DisplayName -eq $Service }
# A mistyped service would look stopped, and engines that run would be taken for quiet.
if (-not $found) { throw "this machine has no service '$Service'" }

switch ($Action) {
  'start' { Start-Service -Name $found.Name }
  'stop' { Stop-Service -Name $found.Name }
  # Manual, not Disabled: a promotion has to start it.
  'disable' { Set-Service -Name $found.Name -StartupType Manual }
  'status' {
    $answer = [ordered]@{
      service           = $found.Name
      state             = $found.State
      # On its way up or down it may still work: only what has ended is stopped.
      running           = $found.State -ne 'Stopped'
      startsWithMachine = $found.StartMode -notin 'Manual', 'Disabled'
    }
    if ($found.ProcessId -gt 0) {
      $started = (Get-Process -Id $found.ProcessId).StartTime.ToUniversalTime()
      $answer.since = $started.ToString('s', [Globalization.CultureInfo]::InvariantCulture) + 'Z'
    }
    $answer | ConvertTo-Json -Compress
  }
}
