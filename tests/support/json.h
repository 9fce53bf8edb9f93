// JSON: enough of a reader to see that a text is JSON, and to look into it.
//
// A value is where it begins in the text. Asking for what is not there fails the test.
#ifndef TESTS_JSON_H
#define TESTS_JSON_H

#include <check.h>
#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static inline const char *json_blank(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

// Each returns where the value ends, or NULL: it is none.
static inline const char *json_end_of_string(const char *at)
{
    if (*at++ != '"')
        return NULL;
    for (; *at != '"'; at++) {
        if ((unsigned char)*at < 0x20)
            return NULL;
        if (*at != '\\')
            continue;
        at++;
        if (*at == '\0' || strchr("\"\\/bfnrtu", *at) == NULL)
            return NULL;
        for (int i = 0; *at == 'u' && i < 4; i++)
            if (!isxdigit((unsigned char)at[i + 1]))
                return NULL;
    }
    return at + 1;
}

static inline const char *json_digits(const char *at)
{
    size_t count = strspn(at, "0123456789");
    return count > 0 ? at + count : NULL;
}

static inline const char *json_end_of_number(const char *at)
{
    at += *at == '-';
    const char *digits = at;
    at = json_digits(at);
    if (at == NULL || (*digits == '0' && at > digits + 1))
        return NULL;
    if (*at == '.' && (at = json_digits(at + 1)) == NULL)
        return NULL;
    if (*at != 'e' && *at != 'E')
        return at;
    at++;
    return json_digits(at + (*at == '-' || *at == '+'));
}

static inline const char *json_end(const char *at);

static inline const char *json_end_of_list(const char *at, char close, bool has_names)
{
    at = json_blank(at + 1);
    if (*at == close)
        return at + 1;
    for (;; at = json_blank(at + 1)) {
        if (has_names) {
            at = json_end_of_string(at);
            if (at == NULL || *(at = json_blank(at)) != ':')
                return NULL;
            at++;
        }
        at = json_end(at);
        if (at == NULL)
            return NULL;
        at = json_blank(at);
        if (*at != ',')
            return *at == close ? at + 1 : NULL;
    }
}

static inline const char *json_end(const char *at)
{
    static const char *const words[] = {"true", "false", "null"};
    at = json_blank(at);
    if (*at == '{')
        return json_end_of_list(at, '}', true);
    if (*at == '[')
        return json_end_of_list(at, ']', false);
    if (*at == '"')
        return json_end_of_string(at);
    for (int i = 0; i < 3; i++)
        if (strncmp(at, words[i], strlen(words[i])) == 0)
            return at + strlen(words[i]);
    return json_end_of_number(at);
}

static inline bool json_is_whole(const char *text)
{
    const char *end = json_end(text);
    return end != NULL && *json_blank(end) == '\0';
}

// The member of an object with this name; NULL: there is none.
static inline const char *json_find(const char *object, const char *name)
{
    ck_assert_msg(*object == '{', "no object: %.40s", object);
    size_t size = strlen(name);
    for (const char *at = json_blank(object + 1); *at == '"';) {
        const char *end = json_end_of_string(at);
        const char *value = json_blank(json_blank(end) + 1);
        if ((size_t)(end - at) == size + 2 && strncmp(at + 1, name, size) == 0)
            return value;
        at = json_blank(json_end(value));
        at = json_blank(*at == ',' ? at + 1 : at);
    }
    return NULL;
}

static inline const char *json_member(const char *object, const char *name)
{
    const char *value = json_find(object, name);
    ck_assert_msg(value != NULL, "no \"%s\" in %.200s", name, object);
    return value;
}

// The first of an array, and the one after; NULL: there is none.
static inline const char *json_first(const char *array)
{
    ck_assert_msg(*array == '[', "no array: %.40s", array);
    const char *at = json_blank(array + 1);
    return *at == ']' ? NULL : at;
}

static inline const char *json_next(const char *value)
{
    const char *at = json_blank(json_end(value));
    return *at == ',' ? json_blank(at + 1) : NULL;
}

static inline double json_number(const char *value)
{
    ck_assert_msg(json_end_of_number(value) != NULL, "no number: %.40s", value);
    return strtod(value, NULL);
}

static inline bool json_is_text(const char *value, const char *text)
{
    size_t size = strlen(text);
    return *value == '"' && strncmp(value + 1, text, size) == 0 && value[size + 1] == '"';
}

#endif
