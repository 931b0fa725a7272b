# shellcheck shell=sh
# A plugin of age's, as hardware tokens have one: both state machines of C2SP's age-plugin,
# in full; only the sealing is a toy. The token is plugged in where {TOKEN} is.
says() { # STANZA BODY: says it, and takes the answer
    printf '%s\n%s\n' "$1" "$2"
    read -r _ && read -r _
}
turned() { # the base64 of a file key; its last character has bits that must stay nothing
    printf '%s' "${1%?}" | tr A-Za-z N-ZA-Mn-za-m
    printf '%s' "${1#"${1%?}"}"
}
asked="" key="" tag=""
while read -r stanza && read -r body; do
    case $stanza in
    '-> add-recipient '*) tag=age1sesame1dacx2ms59rc4g; [ "${stanza##* }" = "$tag" ] || exit 1 ;;
    '-> add-identity '*) tag=age1sesame1dacx2ms59rc4g; [ "${stanza##* }" = AGE-PLUGIN-SESAME-1DACX2MSP5ECYS ] || exit 1 ;;
    '-> wrap-file-key') asked=wrap key=$body ;;
    '-> recipient-stanza 0 sesame '*) asked=unwrap key=$body ;;
    '-> done') break ;;
    esac
done
if [ ! -e '{TOKEN}' ]; then
    says '-> error internal' "$(printf 'no token is plugged in' | base64 | tr -d =)"
else
    case $1:$asked in
    --age-plugin=recipient-v1:wrap) says "-> recipient-stanza 0 sesame $tag" "$(turned "$key")" ;;
    --age-plugin=identity-v1:unwrap) says '-> file-key 0' "$(turned "$key")" ;;
    esac
fi
printf -- '-> done\n\n'
