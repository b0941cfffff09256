# SPDX-License-Identifier: Apache-2.0
"""The kinds of personal or organizational data that Mailward ever touches, each named once.

A disclosure lists these, an outgoing request annotates its fields with them, and a stored column
carries one. What has no name here cannot be collected.
"""

from enum import StrEnum


class DataItem(StrEnum):
    """One kind of data; the value is the words shown to people in the notice."""

    PERSON_NAME = "First, middle and last names, display names"
    EMAIL_ADDRESS = "E-mail addresses of accounts and directory entries"
    CREDENTIAL = "Password hashes, one-time links and session tokens"
    ORGANIZATION_NAME = "Name and contact data of the organization"
    DOMAIN_NAME = "Names of protected domains"
    MAIL_SERVER = "Addresses of incoming and outgoing mail servers"
    SENDER_IP = "Source IP addresses of incoming connections"
    RECIPIENT_IP = "IP addresses of the servers that received the mail"
    CLIENT_IP = "IP addresses from which people use the console"
    ENVELOPE = "Envelope sender, recipients and HELO name"
    SENDER_ADDRESS = "Sender e-mail addresses"
    SENDER_DOMAIN = "Domains of envelope senders"
    TLS_PEER = "Domains and addresses of mail servers that you name as TLS peers"
    RECIPIENT_ADDRESS = "Recipient e-mail addresses"
    RECIPIENT_DOMAIN = "Domains of recipients outside"
    SUBJECT = "Subjects"
    MESSAGE_ID = "Message-IDs"
    HEADERS = "Header fields, among them From, To, Reply-To, Return-Path, Date and Received"
    BODY = "Whole mails with their bodies and attachments"
    BODY_DIGEST = "Hashes of the mail and of its text"
    URL = "Web addresses in subjects, bodies and attachments"
    URL_DOMAIN = "Host names of web addresses in mails"
    ATTACHMENT_NAME = "Names, sizes and true types of attachments"
    ATTACHMENT_DIGEST = "Hashes of attachments"
    ATTACHMENT_CONTENT = "Attachments: applications, scripts, documents"
    AUTHENTICATION_DOMAIN = "Domains asked for SPF, DKIM, DMARC and ARC records"
    VERDICT = "Verdicts, scores and the reasons behind them"
    ADMINISTRATOR_ACTION = "What administrators did, and when"
