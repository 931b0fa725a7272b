# awsesame: completions for PowerShell. In $PROFILE:
#   awsesame completions powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName awsesame -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { if ($null -ne $_.Value) { [string]$_.Value } else { $_.Extent.Text } })
    # Joined to the flag: an empty argument would not reach the program before PowerShell 7.3.
    & awsesame __complete powershell "--word=$wordToComplete" -- @words 2>$null | ForEach-Object {
        $value, $about = $_ -split "`t", 2
        if (-not $about) { $about = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $about)
    }
}
