#!/bin/bash
# Users of a CSV file come in by the AWS CLI and curl. $1 is the CLI.
set -euo pipefail

aws=$1
idp() { "$aws" cognito-idp --endpoint-url "$GATEHOUSE_URL" --output text "$@"; }
fail() { echo "FAIL: $*" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

pool=$(idp create-user-pool --pool-name import --auto-verified-attributes email --query UserPool.Id)
header=$(idp get-csv-header --user-pool-id "$pool" --query 'CSVHeader' | tr '\t' ',')
case $header in
name,given_name,*,updated_at,cognito:mfa_enabled,cognito:username) ;;
*) fail "the header is $header" ;;
esac

# The header as it came, with its 21 columns, and three users, the last of whom is not verified.
commas() { printf ',%.0s' $(seq "$1"); }
{
	echo "$header"
	for n in 1 2 3; do
		verified=TRUE
		[ $n = 3 ] && verified=FALSE
		echo "User $n$(commas 9)user$n@example.com,$verified$(commas 10)user$n"
	done
} >"$work/users.csv"

role=arn:aws:iam::123456789012:role/import
read -r job url status <<<"$(idp create-user-import-job --user-pool-id "$pool" --job-name spring --cloud-watch-logs-role-arn $role \
	--query 'UserImportJob.[JobId,PreSignedUrl,Status]')"
[ "$status" = Created ] || fail "the job is $status"
said=$(idp start-user-import-job --user-pool-id "$pool" --job-id "$job" 2>&1) && fail "a job without a file was started"
case $said in *PreconditionNotMetException*"No csv file was uploaded for $job"*) ;; *) fail "the refusal is: $said" ;; esac

curl -sS --fail-with-body -T "$work/users.csv" -H "x-amz-server-side-encryption:aws:kms" "$url"
status=$(idp start-user-import-job --user-pool-id "$pool" --job-id "$job" --query UserImportJob.Status)
[ "$status" = Pending ] || fail "the job that was started is $status"
for _ in $(seq 60); do
	status=$(idp describe-user-import-job --user-pool-id "$pool" --job-id "$job" \
		--query 'UserImportJob.[Status,ImportedUsers,SkippedUsers,FailedUsers,CompletionMessage]')
	case $status in Pending* | InProgress*) sleep 0.2 ;; *) break ;; esac
done
want=$'Succeeded\t2\t0\t1\tImport Job Completed Successfully.'
[ "$status" = "$want" ] || fail "the job ended as $status"
listed=$(idp list-user-import-jobs --user-pool-id "$pool" --max-results 5 --query 'UserImportJobs[].[JobId,JobName,Status]')
[ "$listed" = "$job"$'\tspring\tSucceeded' ] || fail "listed: $listed"
state=$(idp admin-get-user --user-pool-id "$pool" --username user1 --query UserStatus)
[ "$state" = RESET_REQUIRED ] || fail "user1 is $state"
if said=$(idp stop-user-import-job --user-pool-id "$pool" --job-id "$job" 2>&1); then fail "a job that is over was stopped"; fi
case $said in *PreconditionNotMetException*) ;; *) fail "the refusal is: $said" ;; esac
